import type { VNode } from 'preact';
import { fields, list, number, text } from '../../answers/answer-fields.ts';
import { Busy, type Column, DataTable, Empty, PageHead, ProblemNote, usePoll } from '../../kit/index.ts';
import { limitWords } from './words.ts';
import './limits.css';

const KINDS = ['publishers', 'viewers', 'ingestMbps', 'egressMbps', 'transcodes'] as const;
type Kind = (typeof KINDS)[number];
type Use = { readonly used: number; readonly limit: number | undefined };
type Row = { readonly name: string; readonly isApp: boolean; readonly uses: Readonly<Record<Kind, Use>> };

const EVERY_MS = 5000;

function readLimits(answer: unknown): readonly Row[] {
  return list(fields(answer).limits).map((each) => {
    const limits = fields(each);
    const app = text(limits.app);
    const domain = text(limits.domain) ?? '';
    const use = (kind: Kind): Use => {
      const { used, limit } = fields(limits[kind]);
      return { used: number(used) ?? 0, limit: number(limit) };
    };
    const uses = Object.fromEntries(KINDS.map((kind) => [kind, use(kind)])) as Record<Kind, Use>;
    return { name: app === undefined ? domain : `${domain} / ${app}`, isApp: app !== undefined, uses };
  });
}

export function Page(): VNode {
  const words = limitWords();
  const { value: rows, problem } = usePoll({
    path: '/limits?limit=500',
    everyMs: EVERY_MS,
    read: readLimits,
  }).state.value;
  const columns: Column<Row>[] = [
    { head: words.columns.name, cell: ({ name, isApp }) => (isApp ? name : <strong>{name}</strong>) },
    ...KINDS.map((kind) => ({
      ...{ head: words.columns[kind], isNumber: true },
      cell: ({ uses }: Row) => <UseMeter use={uses[kind]} name={words.columns[kind]} />,
    })),
  ];
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <ProblemNote problem={problem} />
      {!rows && !problem && <Busy />}
      {rows?.length === 0 && <Empty title={words.empty} />}
      {rows !== undefined && rows.length > 0 && (
        <div class="card table-card">
          <DataTable caption={words.title} columns={columns} rows={rows} keyOf={({ name }) => name} />
        </div>
      )}
    </>
  );
}

function UseMeter({ use: { used, limit }, name }: { readonly use: Use; readonly name: string }): VNode {
  const words = limitWords();
  const rounded = String(Math.round(used * 10) / 10);
  if (limit === undefined) return <>{rounded}</>;
  return (
    <span class="use">
      {words.of(rounded, String(limit))}
      <meter aria-label={name} min={0} max={limit} high={limit * 0.8} optimum={0} value={Math.min(used, limit)} />
    </span>
  );
}
