import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { HeadwaterMark } from '../../icons/index.ts';
import { type ApiProblem, ProblemNote, post, TextField } from '../kit/index.ts';
import { shellWords } from './words.ts';

/** Asks for user and password, and for the code of those who need one; `onSignedIn` is called once there is a session. */
export function LoginForm({ onSignedIn }: { readonly onSignedIn: () => void }): VNode {
  const words = shellWords();
  const user = useSignal('admin');
  const password = useSignal('');
  const code = useSignal('');
  const needsCode = useSignal(false);
  const isBusy = useSignal(false);
  const problem = useSignal<ApiProblem | undefined>(undefined);
  const form = useRef<HTMLFormElement>(null);
  const inputOf = (type: string) => form.current?.querySelector<HTMLInputElement>(`input${type}`);
  useEffect(() => inputOf('[type=password]')?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    isBusy.value = true;
    const given = { user: user.value, password: password.value };
    const answer = await post('/login', needsCode.value ? { ...given, code: code.value } : given);
    isBusy.value = false;
    const failed = 'problem' in answer ? answer.problem : undefined;
    const wantsCode = failed?.kind === 'signed-out' && failed.code === 'TOTP_MISSING';
    problem.value = failed && !wantsCode ? refusalOf(failed) : undefined;
    if (failed === undefined) return onSignedIn();
    if (wantsCode) needsCode.value = true;
    window.setTimeout(() => inputOf(needsCode.value ? '[autocomplete=one-time-code]' : '[type=password]')?.select());
  };
  return (
    <main class="login">
      <section class="card">
        <h1>
          <HeadwaterMark /> Headwater
        </h1>
        <ProblemNote problem={problem.value} />
        <form ref={form} onSubmit={(event) => void submit(event)}>
          <TextField label={words.user} value={user} name="username" autocomplete="username" isRequired />
          <TextField
            label={user.value === 'admin' ? words.adminPassword : words.password}
            hint={user.value === 'admin' ? words.adminHint : undefined}
            type="password"
            name="password"
            autocomplete="current-password"
            isRequired
            isWrong={problem.value !== undefined && !needsCode.value}
            value={password}
          />
          {needsCode.value && (
            <TextField
              label={words.code}
              hint={words.codeHint}
              name="code"
              autocomplete="one-time-code"
              isRequired
              isWrong={problem.value !== undefined}
              value={code}
            />
          )}
          <button type="submit" aria-busy={isBusy.value} disabled={isBusy.value}>
            {words.signIn}
          </button>
        </form>
      </section>
    </main>
  );
}

/** At the door a 401 is about what was typed. */
function refusalOf(problem: ApiProblem): ApiProblem {
  if (problem.kind !== 'signed-out') return problem;
  const words = shellWords();
  const isCode = problem.code === 'TOTP_WRONG';
  return {
    kind: 'refused',
    status: 401,
    reason: isCode ? words.wrongCode : words.wrongPassword,
    remedy: isCode ? words.wrongCodeRemedy : words.wrongPasswordRemedy,
  };
}
