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
  pathOf,
  problemIn,
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
  const removed = useSignal<AccessKey | undefined>(undefined);
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
          <button type="button" class="outline danger-outline" onClick={() => (removed.value = key)}>
            {words.remove}
          </button>
        ),
    },
  ];
  const confirmRemoval = async ({ id }: AccessKey) => {
    const problem = problemIn(await remove(`/access-keys${pathOf(id)}`));
    if (!problem) {
      announce(words.saved);
      void list.reload();
    }
    return problem;
  };
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
      {removed.value && (
        <ConfirmDialog
          {...{ title: words.removeTitle(removed.value.id), confirm: words.remove, isDangerous: true }}
          onConfirm={async () => removed.value && confirmRemoval(removed.value)}
          onClose={() => (removed.value = undefined)}
        >
          <p>{words.removeBody}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
