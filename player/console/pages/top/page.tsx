import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatBytes } from '../../../wording/index.ts';
import { fields, list, number, text } from '../../answers/answer-fields.ts';
import {
  Busy,
  type Column,
  DataTable,
  Empty,
  PageHead,
  ProblemNote,
  queryOf,
  SelectField,
  usePoll,
} from '../../kit/index.ts';
import { topWords } from './words.ts';
import './top.css';

const KINDS = ['stream', 'address', 'referer', 'agent'] as const;
const SPANS = ['hour', 'day'] as const;
const DAY_MS = 86_400_000;
const EVERY_MS = 10_000;

type Row = {
  readonly domain: string;
  readonly value: string;
  readonly bytes: number;
  readonly uncertainBytes: number;
  readonly share: number;
};

function readTop(answer: unknown) {
  const { entries, totalBytes } = fields(answer);
  return { rows: list(entries).map(readRow), totalBytes: number(totalBytes) ?? 0 };
}

function readRow(answer: unknown): Row {
  const { domain, value, bytes, uncertainBytes, share } = fields(answer);
  return {
    domain: text(domain) ?? '',
    value: text(value) ?? '',
    bytes: number(bytes) ?? 0,
    uncertainBytes: number(uncertainBytes) ?? 0,
    share: number(share) ?? 0,
  };
}

/** Who and what got the most of the last hour's or day's traffic. */
export function Page(): VNode {
  const words = topWords();
  const by = useSignal<(typeof KINDS)[number]>('stream');
  const span = useSignal<(typeof SPANS)[number]>('hour');
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <div class="row filters">
        <SelectField
          label={words.by}
          value={by}
          choices={KINDS.map((value) => ({ value, words: words.kinds[value] }))}
        />
        <SelectField
          label={words.since}
          value={span}
          choices={SPANS.map((value) => ({ value, words: words.spans[value] }))}
        />
      </div>
      <TopList key={`${by.value} ${span.value}`} by={by.value} span={span.value} />
    </>
  );
}

function TopList({ by, span }: { readonly by: (typeof KINDS)[number]; readonly span: (typeof SPANS)[number] }): VNode {
  const words = topWords();
  const path = useMemo(() => {
    const since = span === 'day' ? new Date(Date.now() - DAY_MS).toISOString() : undefined;
    return `/usage/top${queryOf({ by, since, limit: 50 })}`;
  }, [by, span]);
  const { value: top, problem } = usePoll({ path, everyMs: EVERY_MS, read: readTop }).state.value;
  const columns: Column<Row>[] = [
    { head: words.columns.value, cell: (row) => <Name row={row} unsaid={words.unsaid[by] ?? '–'} /> },
    { head: words.columns.bytes, isNumber: true, cell: (row) => <Sent row={row} /> },
    {
      head: words.columns.share,
      isNumber: true,
      cell: ({ share }) => <Share share={share} name={words.columns.share} />,
    },
  ];
  return (
    <>
      <ProblemNote problem={problem} />
      {!top && !problem && <Busy />}
      {top?.rows.length === 0 && <Empty title={by === 'address' ? words.noAddresses : words.empty} />}
      {top !== undefined && top.rows.length > 0 && (
        <>
          <div class="card table-card">
            <DataTable
              caption={words.kinds[by]}
              columns={columns}
              rows={top.rows}
              keyOf={({ domain, value }) => `${domain} ${value}`}
            />
          </div>
          <p class="hint">{words.total(formatBytes(top.totalBytes))}</p>
        </>
      )}
    </>
  );
}

function Name({ row: { domain, value }, unsaid }: { readonly row: Row; readonly unsaid: string }): VNode {
  return (
    <>
      {value === '' ? <em>{unsaid}</em> : <span class="top-name">{value}</span>}
      {domain !== 'default' && <small> {domain}</small>}
    </>
  );
}

function Sent({ row: { bytes, uncertainBytes } }: { readonly row: Row }): VNode {
  const words = topWords();
  const note = uncertainBytes > 0 ? { title: words.atMost(formatBytes(uncertainBytes)) } : {};
  return <span {...note}>{formatBytes(bytes)}</span>;
}

function Share({ share, name }: { readonly share: number; readonly name: string }): VNode {
  return (
    <span class="top-share">
      {(share * 100).toFixed(1)} %
      <meter aria-label={name} min={0} max={1} value={Math.min(1, share)} />
    </span>
  );
}
