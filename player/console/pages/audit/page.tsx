import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import {
  ActionButton,
  ask,
  type Column,
  Empty,
  Moment,
  PagedTable,
  PageHead,
  Pill,
  ProblemNote,
  queryOf,
  SelectField,
  TextField,
  useAction,
  usePagedList,
} from '../../kit/index.ts';
import { type AuditEntry, readAudit, readVerdict } from './read-audit.ts';
import { auditWords } from './words.ts';
import './audit.css';

type Outcome = '' | 'done' | 'refused';

export function Page(): VNode {
  const words = auditWords();
  const filter = useSignal('');
  const list = usePagedList({ path: `/audit${filter.value}`, read: readAudit });
  const columns: Column<AuditEntry>[] = [
    { head: words.columns.at, cell: ({ at }) => <Moment at={at} /> },
    { head: words.columns.actor, cell: (entry) => <Actor entry={entry} /> },
    { head: words.columns.action, cell: ({ action }) => <code>{action}</code> },
    { head: words.columns.resource, cell: ({ resource }) => resource },
    { head: words.columns.outcome, cell: ({ isRefused }) => <OutcomePill isRefused={isRefused} /> },
    { head: words.columns.detail, cell: ({ detail }) => <small class="audit-detail">{detail || '–'}</small> },
  ];
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <Chain />
      <Filters onFilter={(query) => (filter.value = query)} />
      <PagedTable
        list={list}
        columns={columns}
        caption={words.title}
        keyOf={({ position }) => String(position)}
        empty={<Empty title={words.empty} />}
      />
    </>
  );
}

function Actor({ entry }: { readonly entry: AuditEntry }): VNode {
  return (
    <span>
      <strong>{entry.actor}</strong>
      <br />
      <small>
        {entry.actorKind}, {entry.address}
      </small>
    </span>
  );
}

function OutcomePill({ isRefused }: { readonly isRefused: boolean }): VNode {
  const words = auditWords();
  return <Pill verdict={isRefused ? { words: words.refused, tone: 'warn' } : { words: words.done, tone: 'quiet' }} />;
}

function Filters({ onFilter }: { readonly onFilter: (query: string) => void }): VNode {
  const words = auditWords();
  const actor = useSignal('');
  const action = useSignal('');
  const outcome = useSignal<Outcome>('');
  const choices = [
    { value: '' as const, words: words.filters.all },
    { value: 'done' as const, words: words.done },
    { value: 'refused' as const, words: words.refused },
  ];
  return (
    <form
      class="row filters"
      onSubmit={(event) => {
        event.preventDefault();
        onFilter(queryOf({ actor: actor.value, action: action.value, outcome: outcome.value }));
      }}
    >
      <TextField label={words.filters.actor} value={actor} type="search" />
      <TextField label={words.filters.action} value={action} type="search" placeholder="users" />
      <SelectField label={words.filters.outcome} value={outcome} choices={choices} />
      <button type="submit" class="outline secondary">
        {words.apply}
      </button>
    </form>
  );
}

/** Looks through the whole chain where it is asked to, and says what it found. */
function Chain(): VNode {
  const words = auditWords();
  const found = useSignal<ReturnType<typeof readVerdict> | undefined>(undefined);
  const verify = useAction(
    () => ask('/audit/verify'),
    (answer) => {
      found.value = readVerdict(answer);
    },
  );
  const verdict = found.value;
  return (
    <div class="audit-chain">
      <ActionButton action={verify} class="outline">
        {words.verify}
      </ActionButton>
      <ProblemNote problem={verify.problem.value} />
      {verdict?.problems.length === 0 && <p role="status">{words.whole(verdict.entries)}</p>}
      {verdict !== undefined && verdict.problems.length > 0 && (
        <div role="alert">
          <p>{words.broken(verdict.entries)}</p>
          <ul>
            {verdict.problems.slice(0, 20).map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
