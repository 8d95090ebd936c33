import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { fields } from '../../answers/answer-fields.ts';
import {
  ActionButton,
  Ago,
  type ApiAnswer,
  announce,
  ask,
  Busy,
  type Column,
  DataTable,
  Empty,
  may,
  PageHead,
  ProblemNote,
  pathOf,
  post,
  put,
  SilentNodes,
  useAction,
  usePoll,
} from '../../kit/index.ts';
import { type RelayRow, readPulls, readTransfers } from './read-relays.ts';
import { relayWords } from './words.ts';

const EVERY_MS = 2000;

/** Streams that come from other servers, and those that go on to them. */
export function Page(): VNode {
  const words = relayWords();
  const { route } = useLocation();
  return (
    <>
      <PageHead title={words.title} hint={words.hint}>
        {may('rules:write') && (
          <>
            <button type="button" onClick={() => route('/console/pulls/+')}>
              {words.newPull}
            </button>
            <button type="button" class="outline" onClick={() => route('/console/transfers/+')}>
              {words.newTransfer}
            </button>
          </>
        )}
      </PageHead>
      <Relays kind="pulls" path="/pull-states" read={readPulls} title={words.pulls} empty={words.noPulls} />
      <Relays
        kind="transfers"
        path="/transfer-states"
        read={readTransfers}
        title={words.transfers}
        empty={words.noTransfers}
      />
    </>
  );
}

type Kind = 'pulls' | 'transfers';

function Relays(props: {
  readonly kind: Kind;
  readonly path: string;
  readonly read: (answer: unknown) => readonly RelayRow[];
  readonly title: string;
  readonly empty: string;
}): VNode {
  const { kind, path, read, title, empty } = props;
  const words = relayWords();
  const poll = usePoll({ path, everyMs: EVERY_MS, read });
  const { value: rows, problem, silentNodes } = poll.state.value;
  const columns: Column<RelayRow>[] = [
    {
      head: words.columns.name,
      cell: ({ rule }) => (
        <a href={`/console/${kind}/${encodeURIComponent(rule)}`}>
          <strong>{rule}</strong>
        </a>
      ),
    },
    { head: words.columns.stream, cell: (row) => <Stream row={row} /> },
    { head: words.columns.server, cell: (row) => <Server row={row} /> },
    { head: words.columns.state, cell: (row) => <State row={row} kind={kind} /> },
    { head: words.columns.since, cell: ({ since }) => (since === undefined ? '–' : <Ago at={since} />) },
    ...(kind === 'transfers'
      ? [
          {
            ...{ head: words.columns.sent, isNumber: true },
            cell: ({ sentBytes = 0 }: RelayRow) => megabytes(sentBytes),
          },
        ]
      : []),
    {
      ...{ head: words.columns.actions, isActions: true },
      cell: (row) => <Buttons row={row} kind={kind} onDone={() => void poll.askNow()} />,
    },
  ];
  return (
    <section>
      <h2>{title}</h2>
      <ProblemNote problem={problem} />
      <SilentNodes names={silentNodes} />
      {!rows && !problem && <Busy />}
      {rows?.length === 0 && <Empty title={empty} />}
      {rows !== undefined && rows.length > 0 && (
        <div class="card table-card">
          <DataTable
            caption={title}
            columns={columns}
            rows={rows}
            keyOf={({ rule, stream, destination, node }) => JSON.stringify([rule, stream, destination, node])}
          />
        </div>
      )}
    </section>
  );
}

function megabytes(bytes: number): string {
  return relayWords().megabytes((bytes / 1_000_000).toFixed(1));
}

function Stream({ row: { stream, node } }: { readonly row: RelayRow }): VNode {
  return (
    <span>
      {stream ?? '–'}
      {node !== undefined && (
        <>
          <br />
          <small>{relayWords().onNode(node)}</small>
        </>
      )}
    </span>
  );
}

function Server({ row: { address, destination, source, sources } }: { readonly row: RelayRow }): VNode {
  const words = relayWords();
  const which = destination ?? (source && sources && sources > 1 ? words.source(source, sources) : undefined);
  return (
    <span>
      {address ?? '–'}
      {which !== undefined && (
        <>
          <br />
          <small>{which}</small>
        </>
      )}
    </span>
  );
}

function State({ row, kind }: { readonly row: RelayRow; readonly kind: Kind }): VNode {
  const words = relayWords();
  const { state, reason, retryInSeconds } = row;
  const word = state === 'idle' && kind === 'transfers' ? 'idleTransfer' : state;
  const more = [reason, retryInSeconds === undefined ? undefined : words.retryIn(retryInSeconds)];
  const said = more.filter((each) => each !== undefined).join('; ');
  return (
    <span>
      {words.states[word] ?? state}
      {said !== '' && (
        <>
          <br />
          <small>{said}</small>
        </>
      )}
    </span>
  );
}

/** Only where it still is as it was read. */
async function setEnabled(path: string, enabled: boolean): Promise<ApiAnswer> {
  const read = await ask(path);
  if ('problem' in read) return read;
  const { origin: _, ...rule } = fields(read.value);
  return put(path, { ...rule, enabled }, { etag: read.etag });
}

function Buttons(props: { readonly row: RelayRow; readonly kind: Kind; readonly onDone: () => void }): VNode {
  const { row, kind, onDone } = props;
  const words = relayWords();
  const isOff = row.state === 'off';
  const path = `/${kind}${pathOf(row.rule)}`;
  const restart = useAction(
    () => post(`${path}/restart`),
    () => {
      announce(words.restarted);
      onDone();
    },
  );
  const toggle = useAction(
    () => setEnabled(path, isOff),
    () => {
      announce(words.switched);
      onDone();
    },
  );
  return (
    <>
      {may('streams:kick') && row.stream !== undefined && (
        <ActionButton action={restart} class="outline">
          {words.restart}
        </ActionButton>
      )}
      {may('rules:write') && (
        <ActionButton action={toggle} class="outline">
          {isOff ? words.switchOn : words.switchOff}
        </ActionButton>
      )}
      <ProblemNote problem={toggle.problem.value ?? restart.problem.value} />
    </>
  );
}
