import type { VNode } from 'preact';
import { formatBitrate, formatBytes, formatDuration } from '../../../wording/index.ts';
import { type Column, DataTable, Moment } from '../../kit/index.ts';
import type { Grain, Measure, UsagePoint } from './read-usage.ts';
import { usageWords } from './words.ts';

/** More would only be scrolled past; the CSV has all. */
const MOST_ROWS = 200;

/** A line for each name, or for each span where nothing is told apart. */
export function UsageTable(props: {
  readonly rows: readonly UsagePoint[];
  readonly isSplit: boolean;
  readonly grain: Grain;
}): VNode {
  const { columns: heads, title, all } = usageWords();
  const number = (head: string, measure: Measure, words: (value: number) => string): Column<UsagePoint> => ({
    ...{ head, isNumber: true },
    cell: (point) => (point[measure] === 0 ? '–' : words(point[measure])),
  });
  const count = (value: number) => value.toLocaleString('en');
  const first: Column<UsagePoint> = props.isSplit
    ? { head: heads.name, cell: ({ name }) => <strong>{name || all}</strong> }
    : { head: heads.span, cell: ({ atMs }) => <Moment at={new Date(atMs).toISOString()} /> };
  const columns: Column<UsagePoint>[] = [
    first,
    number(heads.traffic, 'egressBytes', formatBytes),
    number(heads.bandwidth, 'peakEgressBytesPerMinute', (bytes) => formatBitrate((bytes * 8) / 60_000)),
    number(heads.viewers, 'peakViewers', count),
    number(heads.different, 'uniqueViewers', count),
    number(heads.watched, 'viewerSeconds', formatDuration),
    number(heads.sessions, 'sessions', count),
    number(heads.ingest, 'ingestBytes', formatBytes),
    number(heads.transcoded, 'transcodeSeconds', formatDuration),
    number(heads.recorded, 'recordedBytes', formatBytes),
    number(heads.snapshots, 'snapshots', count),
  ];
  const used = columns.filter((column, index) => index < 4 || props.rows.some((row) => column.cell(row) !== '–'));
  const rows = props.rows.slice(0, MOST_ROWS);
  return (
    <div class="card table-card usage-table">
      <DataTable caption={title} columns={used} rows={rows} keyOf={({ name, atMs }) => `${name}\n${atMs}`} />
    </div>
  );
}
