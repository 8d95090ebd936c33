import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { HeadwaterMark } from '../icons/index.ts';
import { type ApiProblem, signIn } from './api.ts';
import { ProblemNote } from './notes.tsx';

/** Asks for the admin password; `onSignedIn` is called once there is a session. */
export function LoginForm({ onSignedIn }: { readonly onSignedIn: () => void }): VNode {
  const password = useSignal('');
  const isBusy = useSignal(false);
  const problem = useSignal<ApiProblem | undefined>(undefined);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    isBusy.value = true;
    problem.value = await signIn(password.value);
    isBusy.value = false;
    if (problem.value) field.current?.select();
    else onSignedIn();
  };
  return (
    <main class="login">
      <article>
        <h1>
          <HeadwaterMark /> Headwater
        </h1>
        <ProblemNote problem={problem.value} what="This page" />
        <form onSubmit={(event) => void submit(event)}>
          <label>
            Admin password
            <input
              ref={field}
              type="password"
              name="password"
              autocomplete="current-password"
              required
              aria-invalid={problem.value ? true : undefined}
              value={password.value}
              onInput={({ currentTarget }) => {
                password.value = currentTarget.value;
              }}
            />
            <small>The server printed it when it was first started.</small>
          </label>
          <button type="submit" aria-busy={isBusy.value} disabled={isBusy.value}>
            Sign in
          </button>
        </form>
      </article>
    </main>
  );
}
