import type { Response } from 'express';
import { MOST_POINTS, permittedUsage, type UsageDoor, usageQuery } from '../../operations/index.ts';
import type { UsagePoint, UsageQuery } from '../../usage/index.ts';
import { type MediaOperation, mediaOperation } from './media-operation.ts';

/** Usage as a table for other programs. */
export function usageFiles(door: UsageDoor): readonly MediaOperation[] {
  return [
    mediaOperation({
      ...{ name: 'getUsageTable', area: 'Usage', method: 'get', path: '/usage.csv', action: 'usage:read' },
      summary: 'What was delivered and done, as a table (CSV)',
      media: 'text/csv',
      query: usageQuery,
      send: async (call, { response }) => {
        const query = permittedUsage(call.query, call, door);
        const first = await door.usage.points({ ...query, limit: MOST_POINTS, offset: 0 });
        const name = `usage-${dateOf(query.from)}-${dateOf(query.to)}.csv`;
        response.set('Content-Disposition', `attachment; filename="${name}"`).type('text/csv; charset=utf-8');
        // A table that breaks off does not look like a whole one.
        await sendTable(response, door, query, first, call.signal).catch(() => response.destroy());
      },
    }),
  ];
}

/** Page by page, so that no table is in memory as a whole. */
async function sendTable(
  response: Response,
  { usage }: UsageDoor,
  query: UsageQuery,
  first: readonly UsagePoint[],
  signal: AbortSignal,
): Promise<void> {
  const columns = columnsOf(query);
  response.write(lineOf(columns));
  let place = { from: query.from, offset: 0 };
  for (let page = first; ; page = await usage.points({ ...query, ...place, limit: MOST_POINTS })) {
    const text = page.map((point) => lineOf(columns.map((column) => cellOf(point, column)))).join('');
    if (!response.write(text)) await drained(response, signal);
    const last = page.at(-1);
    if (!last || page.length < MOST_POINTS || signal.aborted) break;
    const inLast = page.filter(({ at }) => at === last.at).length;
    place = { from: last.at, offset: inLast + (last.at === place.from ? place.offset : 0) };
  }
  response.end();
}

type Column = keyof UsagePoint;

const MEASURES = [
  ...(['egressBytes', 'secureEgressBytes', 'peakEgressBytesPerMinute', 'viewerSeconds', 'averageViewers'] as const),
  ...([
    'peakViewers',
    'uniqueViewers',
    'sessions',
    'requests',
    'ingestBytes',
    'publishSeconds',
    'publishes',
    'videoBytes',
  ] as const),
  ...(['audioBytes', 'videoFrames', 'audioFrames', 'transcodeSeconds', 'recordedBytes', 'recordedSeconds'] as const),
  ...(['snapshots', 'timeShiftBytes', 'timeShiftSeconds'] as const),
] as const satisfies readonly Column[];

function columnsOf({ by }: UsageQuery): readonly Column[] {
  return ['at', ...by, ...MEASURES];
}

function cellOf(point: UsagePoint, column: Column): string {
  const value = point[column] ?? '';
  if (column === 'at') return new Date(point.at).toISOString();
  return typeof value === 'number' ? String(Math.round(value * 1000) / 1000) : textOf(value);
}

/** What a spreadsheet would take for a formula stays text. */
function textOf(value: string): string {
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
}

/** RFC 4180, 2. */
function lineOf(values: readonly string[]): string {
  return `${values.map((value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',')}\r\n`;
}

function drained(response: Response, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    response.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
