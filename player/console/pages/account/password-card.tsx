import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { announce, Card, ProblemNote, post, TextField, useAction } from '../../kit/index.ts';
import { accountWords } from './words.ts';

export function PasswordCard(): VNode {
  const words = accountWords();
  const present = useSignal('');
  const wanted = useSignal('');
  const change = useAction(
    () => post('/me/password', { present: present.value, wanted: wanted.value }),
    () => {
      present.value = '';
      wanted.value = '';
      announce(words.changed);
    },
  );
  const problem = change.problem.value;
  return (
    <Card title={words.password}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void change.run();
        }}
      >
        <ProblemNote problem={problem} />
        <TextField
          {...{ label: words.present, value: present, type: 'password', name: 'present', problem, isRequired: true }}
          autocomplete="current-password"
        />
        <TextField
          {...{ label: words.wanted, value: wanted, type: 'password', name: 'wanted', problem, isRequired: true }}
          hint={words.wantedHint}
          autocomplete="new-password"
        />
        <button type="submit" aria-busy={change.isBusy.value} disabled={change.isBusy.value}>
          {words.change}
        </button>
      </form>
    </Card>
  );
}
