import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { fields, text } from '../../answers/answer-fields.ts';
import {
  Busy,
  CopyField,
  Dialog,
  FormDialog,
  ProblemNote,
  post,
  SelectField,
  TextField,
  useAction,
  usePoll,
} from '../../kit/index.ts';
import { readUsers } from '../users/read-users.ts';
import { accessKeyWords } from './words.ts';

/** Asks for whom and for what, then shows the secret once. */
export function NewKeyDialog(props: { readonly onMade: () => void; readonly onClose: () => void }): VNode {
  const words = accessKeyWords();
  const made = useSignal<{ readonly id: string; readonly secret: string } | undefined>(undefined);
  if (!made.value) {
    return (
      <AskDialog
        onClose={props.onClose}
        onMade={(answer) => {
          const { id, secret } = fields(answer);
          made.value = { id: text(id) ?? '', secret: text(secret) ?? '' };
          props.onMade();
        }}
      />
    );
  }
  return (
    <Dialog title={words.made} onClose={props.onClose}>
      <p>{words.once}</p>
      <CopyField label={words.id} value={made.value.id} />
      <CopyField label={words.secret} value={made.value.secret} isSecret />
      <p class="hint">{words.how}</p>
    </Dialog>
  );
}

function AskDialog(props: { readonly onMade: (answer: unknown) => void; readonly onClose: () => void }): VNode {
  const words = accessKeyWords();
  const users = usePoll({ path: '/users', read: readUsers }).state.value;
  const user = useSignal('');
  const note = useSignal('');
  const choices = (users.value?.rows ?? []).map(({ id, name }) => ({ value: id, words: name }));
  const make = useAction(
    () => post('/access-keys', { userId: user.value || choices[0]?.value, note: note.value }),
    props.onMade,
  );
  const { problem } = users;
  return (
    <FormDialog
      title={words.create}
      submit={words.save}
      action={make}
      isDisabled={!users.value}
      onClose={props.onClose}
    >
      <ProblemNote problem={problem} />
      {!users.value && !problem && <Busy />}
      <SelectField label={words.user} value={user} choices={choices} />
      <TextField label={words.note} hint={words.noteHint} value={note} name="note" problem={make.problem.value} />
    </FormDialog>
  );
}
