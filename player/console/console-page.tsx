import type { VNode } from 'preact';
import { HeadwaterMark } from '../icons/index.ts';
import { formatCount } from '../wording/index.ts';
import type { ConsoleModel } from './console-model.ts';
import { HealthCard } from './health-card.tsx';
import { LoginForm } from './login-form.tsx';
import { Pill, ProblemNote } from './notes.tsx';
import { streamKeyOf } from './rate-history.ts';
import { SetupCard } from './setup-card.tsx';
import { StreamCard } from './stream-card.tsx';

/** The whole console: streams at the left, what an operator needs beside them at the right. */
export function ConsolePage({ model }: { readonly model: ConsoleModel }): VNode {
  if (model.isSignedOut.value) return <LoginForm onSignedIn={() => model.askAll()} />;
  return (
    <>
      <TopBar model={model} />
      <main class="columns">
        <section aria-labelledby="streams-title">
          <h2 id="streams-title">Streams</h2>
          <ProblemNote problem={model.streams.state.value.problem} what="This list" />
          <StreamList model={model} />
        </section>
        <aside>
          <SetupCard setup={model.setup.state.value} />
          <HealthCard health={model.health.state.value} />
        </aside>
      </main>
    </>
  );
}

function TopBar({ model }: { readonly model: ConsoleModel }): VNode {
  const { value: health, problem } = model.health.state.value;
  const isGood = health?.status === 'ok' && !problem;
  return (
    <header class="top">
      <HeadwaterMark />
      <h1>Headwater</h1>
      {(health || problem) && (
        <Pill
          verdict={{
            words: problem ? 'No answer' : isGood ? 'Running' : 'Degraded',
            tone: problem ? 'bad' : isGood ? 'good' : 'warn',
          }}
        />
      )}
      <span class="space" />
      {health && <span class="version">v{health.version}</span>}
    </header>
  );
}

function StreamList({ model }: { readonly model: ConsoleModel }): VNode | null {
  const { value: streams, problem } = model.streams.state.value;
  if (!streams) return problem ? null : <p aria-busy="true">Asking for the streams</p>;
  if (streams.length === 0) return <NoStreams />;
  const viewers = streams.reduce((sum, { viewers: { flv, wsFlv, rtmp, hls } }) => sum + flv + wsFlv + rtmp + hls, 0);
  const live = streams.filter((stream) => stream.state === 'publishing').length;
  return (
    <>
      <p class="hint summary">
        {formatCount(live, 'stream')} live, {formatCount(viewers, 'viewer')}
      </p>
      {streams.map((stream) => {
        const key = streamKeyOf(stream);
        return <StreamCard key={key} stream={stream} rates={model.rates.of(key)} nowMs={Date.now()} />;
      })}
    </>
  );
}

function NoStreams(): VNode {
  return (
    <article class="empty">
      <h3>Nothing is live yet</h3>
      <ol>
        <li>Copy server and stream key from “Push with OBS”.</li>
        <li>Paste them into OBS under Settings, Stream, and press Start Streaming.</li>
        <li>The stream appears here within two seconds, with its play URLs.</li>
      </ol>
    </article>
  );
}
