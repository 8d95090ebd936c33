import type { VNode } from 'preact';
import { fields, list, text } from '../../answers/answer-fields.ts';
import {
  Ago,
  announce,
  Card,
  type Column,
  Empty,
  type ListPage,
  PagedTable,
  Pill,
  ProblemNote,
  pathOf,
  remove,
  useAction,
  usePagedList,
} from '../../kit/index.ts';
import { accountWords } from './words.ts';

type Session = {
  readonly id: string;
  readonly agent: string;
  readonly address: string;
  readonly startedAt: string;
  readonly endsAt: string;
};

function readSessions(answer: unknown): ListPage<Session> {
  const { sessions, nextCursor } = fields(answer);
  const rows = list(sessions).map((session) => {
    const { id, agent, address, startedAt, endsAt } = fields(session);
    return {
      id: text(id) ?? '',
      agent: text(agent) ?? '–',
      address: text(address) ?? '–',
      startedAt: text(startedAt) ?? '',
      endsAt: text(endsAt) ?? '',
    };
  });
  return { rows, cursor: text(nextCursor) };
}

/** Where somebody is signed in, and the way to end it. */
export function SessionsCard(): VNode {
  const words = accountWords();
  const sessions = usePagedList({ path: '/me/sessions', read: readSessions });
  const end = useAction(
    ({ id }: Session) => remove(`/me/sessions${pathOf(id)}`),
    () => {
      announce(words.ended);
      void sessions.reload();
    },
  );
  const columns: Column<Session>[] = [
    { head: words.columns.agent, cell: ({ agent }) => <AgentWords agent={agent} /> },
    { head: words.columns.address, cell: ({ address }) => address },
    { head: words.columns.since, cell: ({ startedAt }) => <Ago at={startedAt} /> },
    { head: words.columns.until, cell: ({ endsAt }) => <Ago at={endsAt} /> },
    {
      ...{ head: words.columns.actions, isActions: true },
      cell: (session) => (
        <button type="button" class="outline" disabled={end.isBusy.value} onClick={() => void end.run(session)}>
          {words.end}
        </button>
      ),
    },
  ];
  return (
    <Card title={words.sessions}>
      <ProblemNote problem={end.problem.value} />
      <PagedTable
        list={sessions}
        columns={columns}
        caption={words.sessions}
        keyOf={({ id }) => id}
        empty={<Empty title={words.noSessions} />}
      />
    </Card>
  );
}

function AgentWords({ agent }: { readonly agent: string }): VNode {
  const isHere = agent === navigator.userAgent;
  return (
    <span>
      <small>{agent}</small> {isHere && <Pill verdict={{ words: accountWords().here, tone: 'quiet' }} />}
    </span>
  );
}
