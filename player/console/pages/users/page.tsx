import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import {
  Ago,
  announce,
  type Column,
  ConfirmDialog,
  Empty,
  may,
  PagedTable,
  PageHead,
  Pill,
  pathOf,
  problemIn,
  remove,
  usePagedList,
} from '../../kit/index.ts';
import { readUsers, type User } from './read-users.ts';
import { UserDialog } from './user-dialog.tsx';
import { userWords } from './words.ts';

type Opened = { readonly what: 'create' } | { readonly what: 'edit' | 'remove'; readonly user: User };

export function Page(): VNode {
  const words = userWords();
  const list = usePagedList({ path: '/users', read: readUsers });
  const opened = useSignal<Opened | undefined>(undefined);
  const close = () => {
    opened.value = undefined;
  };
  const changed = () => {
    announce(words.saved);
    close();
    void list.reload();
  };
  const columns: Column<User>[] = [
    { head: words.columns.name, cell: (user) => <UserName user={user} /> },
    { head: words.columns.roles, cell: (user) => <Roles user={user} /> },
    { head: words.columns.signIn, cell: signInOf },
    { head: words.columns.since, cell: ({ createdAt }) => <Ago at={createdAt} /> },
    {
      ...{ head: words.columns.actions, isActions: true },
      cell: (user) =>
        may('users:write') && (
          <>
            <button type="button" class="outline" onClick={() => (opened.value = { what: 'edit', user })}>
              {words.edit}
            </button>
            <button
              type="button"
              class="outline danger-outline"
              onClick={() => (opened.value = { what: 'remove', user })}
            >
              {words.remove}
            </button>
          </>
        ),
    },
  ];
  return (
    <>
      <PageHead title={words.title} hint={words.hint}>
        {may('users:write') && (
          <button type="button" onClick={() => (opened.value = { what: 'create' })}>
            {words.create}
          </button>
        )}
      </PageHead>
      <PagedTable
        list={list}
        columns={columns}
        caption={words.title}
        keyOf={({ id }) => id}
        empty={<Empty title={words.empty} />}
      />
      {opened.value?.what === 'create' && <UserDialog user={undefined} onSaved={changed} onClose={close} />}
      {opened.value?.what === 'edit' && <UserDialog user={opened.value.user} onSaved={changed} onClose={close} />}
      {opened.value?.what === 'remove' && <RemoveDialog user={opened.value.user} onDone={changed} onClose={close} />}
    </>
  );
}

function UserName({ user }: { readonly user: User }): VNode {
  return (
    <span>
      <strong>{user.name}</strong> {!user.isEnabled && <Pill verdict={{ words: userWords().disabled, tone: 'warn' }} />}
    </span>
  );
}

function Roles({ user }: { readonly user: User }): VNode {
  const words = userWords();
  return (
    <span>
      {user.grants.map(({ role, resources }) => (
        <div key={`${role} ${resources.join()}`}>
          {role} <small>{resources.includes('*') ? words.everywhere : resources.join(', ')}</small>
        </div>
      ))}
      {user.statementCount > 0 && <small>{words.statements(user.statementCount)}</small>}
    </span>
  );
}

function signInOf({ hasPassword, hasTotp }: User): string {
  const words = userWords();
  if (!hasPassword) return words.programs;
  return hasTotp ? `${words.password} + ${words.secondFactor}` : words.password;
}

function RemoveDialog(props: {
  readonly user: User;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const words = userWords();
  const { id, name } = props.user;
  const confirm = async () => {
    const problem = problemIn(await remove(`/users${pathOf(id)}`));
    if (!problem) props.onDone();
    return problem;
  };
  return (
    <ConfirmDialog
      {...{ title: words.removeTitle(name), confirm: words.remove, isDangerous: true }}
      onConfirm={confirm}
      onClose={props.onClose}
    >
      <p>{words.removeBody}</p>
    </ConfirmDialog>
  );
}
