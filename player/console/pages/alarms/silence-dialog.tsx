import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { announce, FormDialog, localInputOf, post, TextField, useAction } from '../../kit/index.ts';
import type { Alarm } from './read-alarms.ts';
import { alarmWords } from './words.ts';

const HOUR_MS = 3_600_000;

/** Keeps channels quiet about one alarm, or about what a pattern matches. */
export function SilenceDialog(props: {
  readonly alarm: Alarm | undefined;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const words = alarmWords();
  const code = useSignal(props.alarm?.code ?? '*');
  const subject = useSignal(props.alarm?.subject ?? '*');
  const until = useSignal(localInputOf(Date.now() + HOUR_MS));
  const reason = useSignal('');
  const action = useAction(
    () => {
      const endsAt = new Date(until.value);
      const end = Number.isNaN(endsAt.getTime()) ? until.value : endsAt.toISOString();
      return post('/alarm-silences', { code: code.value, subject: subject.value, until: end, reason: reason.value });
    },
    () => {
      announce(words.done);
      props.onDone();
    },
  );
  const problem = action.problem.value;
  return (
    <FormDialog title={words.silenceTitle} submit={words.silence} action={action} onClose={props.onClose}>
      <TextField label={words.code} hint={words.codeHint} value={code} name="code" problem={problem} isRequired />
      <TextField
        label={words.subject}
        hint={words.codeHint}
        value={subject}
        name="subject"
        problem={problem}
        isRequired
      />
      <TextField label={words.until} type="datetime-local" value={until} name="until" problem={problem} isRequired />
      <TextField label={words.reason} value={reason} name="reason" problem={problem} isRequired />
    </FormDialog>
  );
}
