import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { fields, list, number, text } from '../../answers/answer-fields.ts';
import {
  announce,
  Busy,
  type Column,
  ConfirmDialog,
  Dialog,
  Empty,
  type ListPage,
  Moment,
  may,
  PagedTable,
  PageHead,
  Pill,
  ProblemNote,
  post,
  problemIn,
  usePagedList,
  usePoll,
} from '../../kit/index.ts';
import { ChangesList, readChanges } from './changes-list.tsx';
import { revisionWords } from './words.ts';
import './revisions.css';

type Revision = {
  readonly number: number;
  readonly at: string;
  readonly author: string;
  readonly reason: string;
  readonly isCurrent: boolean;
};

function readRevisions(answer: unknown): ListPage<Revision> {
  const { revisions, nextCursor } = fields(answer);
  const rows = list(revisions).map((revision) => {
    const { number: at, at: time, author, reason, isCurrent } = fields(revision);
    return {
      number: number(at) ?? 0,
      at: text(time) ?? '',
      author: text(author) ?? '',
      reason: text(reason) ?? '',
      isCurrent: isCurrent === true,
    };
  });
  return { rows, cursor: text(nextCursor) };
}

export function Page(): VNode {
  const words = revisionWords();
  const revisions = usePagedList({ path: '/rules/revisions', read: readRevisions });
  const looked = useSignal<Revision | undefined>(undefined);
  const back = useSignal<Revision | undefined>(undefined);
  const columns: Column<Revision>[] = [
    { head: words.columns.number, cell: (revision) => <RevisionNumber revision={revision} /> },
    { head: words.columns.at, cell: ({ at }) => <Moment at={at} /> },
    { head: words.columns.author, cell: ({ author }) => author },
    { head: words.columns.reason, cell: ({ reason }) => reason || '–' },
    {
      ...{ head: words.columns.actions, isActions: true },
      cell: (revision) => (
        <>
          <button type="button" class="outline" onClick={() => (looked.value = revision)}>
            {words.look}
          </button>
          {!revision.isCurrent && may('rules:write') && (
            <button type="button" class="outline secondary" onClick={() => (back.value = revision)}>
              {words.rollBack}
            </button>
          )}
        </>
      ),
    },
  ];
  const rollBack = async ({ number: to }: Revision) => {
    const problem = problemIn(await post(`/rules/revisions/${to}/rollback`));
    if (!problem) {
      announce(words.done);
      void revisions.reload();
    }
    return problem;
  };
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <PagedTable
        list={revisions}
        columns={columns}
        caption={words.title}
        keyOf={({ number: each }) => String(each)}
        empty={<Empty title={words.empty} />}
      />
      {looked.value && <ChangesDialog revision={looked.value} onClose={() => (looked.value = undefined)} />}
      {back.value && (
        <ConfirmDialog
          title={words.rollBackTitle(back.value.number)}
          confirm={words.rollBack}
          onConfirm={async () => back.value && rollBack(back.value)}
          onClose={() => (back.value = undefined)}
        >
          <p>{words.rollBackBody}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function RevisionNumber({ revision }: { readonly revision: Revision }): VNode {
  const words = revisionWords();
  return (
    <span>
      <strong>{revision.number}</strong>{' '}
      {revision.isCurrent && <Pill verdict={{ words: words.current, tone: 'good' }} />}
    </span>
  );
}

const readDiff = (answer: unknown) => readChanges(fields(answer).changes);

function ChangesDialog(props: { readonly revision: Revision; readonly onClose: () => void }): VNode {
  const { number: at, author, reason } = props.revision;
  const { value: changes, problem } = usePoll({ path: `/rules/revisions/${at}/diff`, read: readDiff }).state.value;
  return (
    <Dialog title={`${revisionWords().columns.number} ${at}`} onClose={props.onClose} isWide>
      <p class="hint">
        {author}
        {reason && `: ${reason}`}
      </p>
      <ProblemNote problem={problem} />
      {!changes && !problem && <Busy />}
      {changes && <ChangesList changes={changes} />}
    </Dialog>
  );
}
