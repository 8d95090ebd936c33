import type { VNode } from 'preact';
import { fields, list, text } from '../../answers/answer-fields.ts';
import {
  Ago,
  announce,
  Busy,
  Card,
  Empty,
  type ListPage,
  MoreButton,
  may,
  me,
  type PagedList,
  PageHead,
  Pill,
  ProblemNote,
  pathOf,
  post,
  type Tone,
  useAction,
  usePagedList,
} from '../../kit/index.ts';
import { ChangesList, type FieldChange, readChanges } from '../revisions/changes-list.tsx';
import '../revisions/revisions.css';
import { approvalWords } from './words.ts';

type Approval = {
  readonly id: string;
  readonly state: string;
  readonly author: string;
  readonly reason: string;
  readonly createdAt: string;
  readonly changes: readonly FieldChange[];
};

const TONES: Readonly<Record<string, Tone>> = { pending: 'warn', approved: 'good', rejected: 'bad', expired: 'quiet' };

function readApprovals(answer: unknown): ListPage<Approval> {
  const { approvals, nextCursor } = fields(answer);
  const rows = list(approvals).map((approval) => {
    const { id, state, author, reason, createdAt, changes } = fields(approval);
    return {
      id: text(id) ?? '',
      state: text(state) ?? '',
      author: text(author) ?? '',
      reason: text(reason) ?? '',
      createdAt: text(createdAt) ?? '',
      changes: readChanges(changes),
    };
  });
  return { rows, cursor: text(nextCursor) };
}

export function Page(): VNode {
  const words = approvalWords();
  const approvals = usePagedList({ path: '/approvals', read: readApprovals });
  const { rows, cursor, problem, isLoading } = approvals.state.value;
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <ProblemNote problem={problem} />
      {!rows && !problem && <Busy />}
      {rows?.length === 0 && (
        <Empty title={words.empty}>
          <p>{words.emptyHint}</p>
        </Empty>
      )}
      <div class="stack">
        {rows?.map((approval) => (
          <ApprovalCard key={approval.id} approval={approval} approvals={approvals} />
        ))}
      </div>
      {cursor !== undefined && <MoreButton isBusy={isLoading} onMore={() => void approvals.more()} />}
    </>
  );
}

/** What it changes, where nobody said why. */
function titleOf(changes: readonly FieldChange[]): string {
  const objects = [...new Set(changes.map(({ path }) => /^[^\]]*\]/.exec(path)?.[0] ?? path))];
  return objects.slice(0, 3).join(', ');
}

function ApprovalCard(props: { readonly approval: Approval; readonly approvals: PagedList<Approval> }): VNode {
  const words = approvalWords();
  const { id, state, author, reason, createdAt, changes } = props.approval;
  const decide = useAction(
    (how: 'approve' | 'reject') => post(`/approvals${pathOf(id)}/${how}`),
    () => {
      announce(words.done);
      void props.approvals.reload();
    },
  );
  const isOpen = state === 'pending' && may('rules:approve');
  return (
    <Card title={reason || titleOf(changes) || words.by(author)}>
      <p class="hint">
        <Pill verdict={{ words: words.states[state] ?? state, tone: TONES[state] ?? 'quiet' }} /> {words.by(author)},{' '}
        <Ago at={createdAt} />
      </p>
      <ChangesList changes={changes} />
      <ProblemNote problem={decide.problem.value} />
      {isOpen && me.value?.name === author && <p class="hint">{words.own}</p>}
      {isOpen && (
        <div class="row">
          {me.value?.name !== author && (
            <button type="button" disabled={decide.isBusy.value} onClick={() => void decide.run('approve')}>
              {words.approve}
            </button>
          )}
          <button
            type="button"
            class="outline secondary"
            disabled={decide.isBusy.value}
            onClick={() => void decide.run('reject')}
          >
            {words.reject}
          </button>
        </div>
      )}
    </Card>
  );
}
