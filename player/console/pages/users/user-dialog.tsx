import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { CheckField, FormDialog, patch, pathOf, post, TextField, useAction } from '../../kit/index.ts';
import { GrantFields } from './grant-fields.tsx';
import type { Grant, User } from './read-users.ts';
import { userWords } from './words.ts';

const FIRST_GRANT: Grant = { role: 'operator', resources: ['*'] };

/** Makes a user, or changes one. */
export function UserDialog(props: {
  readonly user: User | undefined;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}): VNode {
  const words = userWords();
  const { user } = props;
  const name = useSignal(user?.name ?? '');
  const password = useSignal('');
  const grants = useSignal<readonly Grant[]>(user?.grants ?? [FIRST_GRANT]);
  const isEnabled = useSignal(user?.isEnabled ?? true);
  const withoutTotp = useSignal(false);
  const save = useAction(() => {
    const about = { grants: grants.value, ...(password.value !== '' && { password: password.value }) };
    if (!user) return post('/users', { name: name.value, ...about });
    return patch(`/users${pathOf(user.id)}`, {
      ...{ ...about, isEnabled: isEnabled.value },
      ...(withoutTotp.value && { withoutTotp: true }),
    });
  }, props.onSaved);
  const problem = save.problem.value;
  return (
    <FormDialog title={user?.name ?? words.create} submit={words.save} action={save} onClose={props.onClose}>
      {!user && (
        <TextField
          {...{ label: words.name, hint: words.nameHint, value: name, name: 'name', problem, isRequired: true }}
          autocomplete="off"
        />
      )}
      <TextField
        {...{ label: words.newPassword, value: password, name: 'password', problem, type: 'password' }}
        hint={user ? words.changedPasswordHint : words.newPasswordHint}
        autocomplete="new-password"
      />
      <GrantFields grants={grants} />
      {user && <CheckField label={words.isEnabled} value={isEnabled} isSwitch />}
      {user?.hasTotp && <CheckField label={words.withoutTotp} value={withoutTotp} />}
    </FormDialog>
  );
}
