import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatDuration } from '../../../wording/index.ts';
import { fields, list, number, text } from '../../answers/answer-fields.ts';
import {
  type Column,
  Empty,
  type ListPage,
  Moment,
  may,
  PagedTable,
  PageHead,
  Pill,
  queryOf,
  TextField,
  usePagedList,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { historyWords } from './words.ts';

type Session = {
  readonly id: string;
  readonly names: readonly [domain: string, app: string, stream: string];
  readonly startedAt: string | undefined;
  readonly durationSeconds: number | undefined;
  readonly isOpen: boolean;
  readonly endReason: string | undefined;
  readonly encoder: string;
  readonly picture: string;
};

function readHistory(answer: unknown): ListPage<Session> {
  const { sessions, nextCursor } = fields(answer);
  return { rows: list(sessions).map(readSession), cursor: text(nextCursor) };
}

function readSession(answer: unknown): Session {
  const session = fields(answer);
  const { width, height } = session;
  return {
    id: text(session.sessionId) ?? '',
    names: [text(session.domain) ?? '', text(session.app) ?? '', text(session.stream) ?? ''],
    startedAt: text(session.startedAt),
    durationSeconds: number(session.durationSeconds),
    isOpen: session.endedAt === undefined,
    endReason: text(session.endReason),
    encoder: [text(session.protocol), text(session.address)].filter(Boolean).join(', '),
    picture: number(width) !== undefined && number(height) !== undefined ? `${width} × ${height}` : '',
  };
}

export function Page(): VNode {
  const words = historyWords();
  const query = useSignal('');
  const sessions = usePagedList({ path: `/history${query.value}`, read: readHistory });
  const columns: Column<Session>[] = [
    { head: words.columns.stream, cell: ({ names }) => <StreamLink names={names} /> },
    { head: words.columns.from, cell: ({ startedAt }) => <Moment at={startedAt} /> },
    {
      head: words.columns.duration,
      cell: ({ durationSeconds }) => (durationSeconds === undefined ? '–' : formatDuration(durationSeconds)),
    },
    { head: words.columns.end, cell: (session) => <EndWords session={session} /> },
    { head: words.columns.encoder, cell: ({ encoder }) => <small>{encoder || '–'}</small> },
    { head: words.columns.picture, cell: ({ picture }) => picture || '–' },
    ...(may('usage:read') ? [{ head: words.columns.report, isActions: true, cell: reportLink }] : []),
  ];
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <Filters onFilter={(chosen) => (query.value = chosen)} />
      <PagedTable
        list={sessions}
        columns={columns}
        caption={words.title}
        keyOf={({ id }) => id}
        empty={<Empty title={words.empty} />}
      />
    </>
  );
}

function reportLink({ id }: Session): VNode {
  return <a href={hrefOf('history/:session', id)}>{historyWords().columns.report}</a>;
}

function StreamLink({ names }: { readonly names: Session['names'] }): VNode {
  const [domain, app, stream] = names;
  return (
    <a href={hrefOf('streams/:domain/:app/:stream', ...names)}>
      <strong>
        {app}/{stream}
      </strong>
      {domain !== 'default' && <small> {domain}</small>}
    </a>
  );
}

function EndWords({ session }: { readonly session: Session }): VNode {
  const words = historyWords();
  if (session.isOpen) return <Pill verdict={{ words: words.live, tone: 'good' }} />;
  const { endReason } = session;
  return <>{endReason === undefined ? '–' : (words.ends[endReason] ?? endReason)}</>;
}

function Filters({ onFilter }: { readonly onFilter: (query: string) => void }): VNode {
  const words = historyWords();
  const app = useSignal('');
  const stream = useSignal('');
  return (
    <form
      class="row filters"
      onSubmit={(event) => {
        event.preventDefault();
        onFilter(queryOf({ app: app.value, stream: stream.value }));
      }}
    >
      <TextField label={words.filters.app} value={app} type="search" />
      <TextField label={words.filters.stream} value={stream} type="search" />
      <button type="submit" class="outline secondary">
        {words.filters.apply}
      </button>
    </form>
  );
}
