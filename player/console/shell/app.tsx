import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { ErrorBoundary, LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { WarningIcon } from '../../icons/index.ts';
import { Announcements, ask, Busy, Empty, isSignedOut, me, PageHead, readMe } from '../kit/index.ts';
import type { ConsolePage } from './console-page.ts';
import { Layout } from './layout.tsx';
import { LoginForm } from './login-form.tsx';
import { shownPages } from './page-list.ts';
import { shellWords } from './words.ts';

/** The whole console: a login, or the layout with the page that the address names. */
export function App(): VNode {
  useEffect(() => void learnWhoIam(), []);
  if (isSignedOut.value) return <LoginForm onSignedIn={() => void learnWhoIam()} />;
  if (me.value === undefined) return <Busy />;
  return (
    <LocationProvider scope="/console">
      <Layout>
        <Pages />
      </Layout>
      <Announcements />
    </LocationProvider>
  );
}

async function learnWhoIam(): Promise<void> {
  const answer = await ask('/me');
  if ('value' in answer) {
    me.value = readMe(answer.value);
    isSignedOut.value = false;
  } else if (answer.problem.kind !== 'signed-out') window.setTimeout(() => void learnWhoIam(), 2000);
}

/** `/` is the overview's old address. */
function Pages(): VNode {
  const { path, route } = useLocation();
  const isFailed = useSignal(false);
  const isAtRoot = path === '/' || path === '/console';
  useEffect(() => {
    if (isAtRoot) route('/console/overview', true);
  }, [isAtRoot, route]);
  if (isAtRoot) return <Busy />;
  if (isFailed.value) return <Failed />;
  return (
    <ErrorBoundary
      onError={() => {
        isFailed.value = true;
      }}
    >
      <Router>
        {shownPages().map(({ path: below, component }) => (
          <Route key={below} path={`/console/${below}`} component={component as ConsolePage['component']} />
        ))}
        <Route default component={NoPage} />
      </Router>
    </ErrorBoundary>
  );
}

function NoPage(): VNode {
  const words = shellWords();
  return (
    <>
      <PageHead title={words.noPage} />
      <p>{words.noPageHint}</p>
      <a href="/console/overview">{words.toOverview}</a>
    </>
  );
}

function Failed(): VNode {
  const words = shellWords();
  return (
    <Empty title={words.failed} icon={<WarningIcon />}>
      <p>{words.failedRemedy}</p>
      <button type="button" onClick={() => location.reload()}>
        {words.failedRemedy}
      </button>
    </Empty>
  );
}
