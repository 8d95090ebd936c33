import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import {
  Ago,
  announce,
  type Column,
  ConfirmButton,
  Empty,
  may,
  PagedTable,
  PageHead,
  pathOf,
  remove,
  usePagedList,
} from '../../kit/index.ts';
import { NewKeyDialog } from './new-key-dialog.tsx';
import { type AccessKey, readAccessKeys } from './read-access-keys.ts';
import { accessKeyWords } from './words.ts';

export function Page(): VNode {
  const words = accessKeyWords();
  const list = usePagedList({ path: '/access-keys', read: readAccessKeys });
  const isMaking = useSignal(false);
  const columns: Column<AccessKey>[] = [
    { head: words.columns.key, cell: ({ id }) => <code>{id}</code> },
    { head: words.columns.user, cell: ({ user }) => user },
    { head: words.columns.note, cell: ({ note }) => note || '–' },
    { head: words.columns.since, cell: ({ createdAt }) => <Ago at={createdAt} /> },
    { head: words.columns.used, cell: ({ lastUsedAt }) => (lastUsedAt ? <Ago at={lastUsedAt} /> : words.never) },
    {
      ...{ head: words.columns.actions, isActions: true },
      cell: (key) =>
        may('keys:write') && (
          <ConfirmButton
            label={words.remove}
            title={words.removeTitle(key.id)}
            act={() => remove(`/access-keys${pathOf(key.id)}`)}
            onDone={() => {
              announce(words.saved);
              void list.reload();
            }}
          >
            <p>{words.removeBody}</p>
          </ConfirmButton>
        ),
    },
  ];
  return (
    <>
      <PageHead title={words.title} hint={words.hint}>
        {may('keys:write') && (
          <button type="button" onClick={() => (isMaking.value = true)}>
            {words.create}
          </button>
        )}
      </PageHead>
      <PagedTable
        list={list}
        columns={columns}
        caption={words.title}
        keyOf={({ id }) => id}
        empty={<Empty title={words.empty}>{words.emptyHint}</Empty>}
      />
      {isMaking.value && <NewKeyDialog onMade={() => void list.reload()} onClose={() => (isMaking.value = false)} />}
    </>
  );
}
