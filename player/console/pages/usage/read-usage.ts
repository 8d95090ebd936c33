import { fields, list, number, text } from '../../answers/answer-fields.ts';

/** What is drawn and added up. */
export const MEASURES = [
  ...([
    'egressBytes',
    'peakEgressBytesPerMinute',
    'viewerSeconds',
    'peakViewers',
    'sessions',
    'uniqueViewers',
  ] as const),
  ...(['requests', 'ingestBytes', 'publishSeconds', 'transcodeSeconds', 'recordedBytes', 'snapshots'] as const),
] as const;
export type Measure = (typeof MEASURES)[number];

export type UsagePoint = { readonly atMs: number; readonly name: string } & Readonly<Record<Measure, number>>;

export type UsageAnswer = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly grain: Grain;
  readonly points: readonly UsagePoint[];
  /** There are more than were asked for. */
  readonly isPart: boolean;
};

export type Grain = keyof typeof GRAIN_MS;
export const GRAIN_MS = { minute: 60_000, 'five-minutes': 300_000, hour: 3_600_000, day: 86_400_000 } as const;

/** What was used in a minute is known in the next one. */
const MINUTES_AWAY = 1;
const DIMENSIONS = ['domain', 'app', 'stream', 'door', 'template', 'tag'] as const;

export function readUsage(answer: unknown): UsageAnswer {
  const { from, to, grain, points, nextCursor } = fields(answer);
  return {
    fromMs: Date.parse(text(from) ?? ''),
    toMs: Date.parse(text(to) ?? ''),
    grain: (text(grain) ?? 'hour') as Grain,
    points: list(points).map(readPoint),
    isPart: text(nextCursor) !== undefined,
  };
}

function readPoint(answer: unknown): UsagePoint {
  const point = fields(answer);
  const name = DIMENSIONS.flatMap((dimension) => text(point[dimension]) ?? []).join(' / ');
  const measures = Object.fromEntries(MEASURES.map((measure) => [measure, number(point[measure]) ?? 0]));
  return { atMs: Date.parse(text(point.at) ?? ''), name, ...(measures as Record<Measure, number>) };
}

/**
 * The spans of the range, each with its start, whether or not anything was used in it. Of short ones the last is left
 * out: it is not over, and less than half of it may be known.
 */
export function spansOf({ fromMs, toMs, grain }: UsageAnswer): number[] {
  const ms = GRAIN_MS[grain];
  const spans = (toMs - fromMs) / ms;
  const count = Math.max(0, ms < GRAIN_MS.hour ? Math.floor(spans - MINUTES_AWAY / (ms / 60_000)) : Math.ceil(spans));
  return Array.from({ length: count }, (_, index) => fromMs + index * ms);
}

/** All points of each name in one, those that sent the most first. Peaks are the highest of their spans. */
export function totalsByName(points: readonly UsagePoint[]): UsagePoint[] {
  const totals = new Map<string, UsagePoint>();
  for (const point of points) {
    const known = totals.get(point.name);
    totals.set(point.name, known ? together(known, point) : point);
  }
  return [...totals.values()].sort((a, b) => b.egressBytes - a.egressBytes);
}

const HIGHEST: ReadonlySet<Measure> = new Set(['peakEgressBytesPerMinute', 'peakViewers', 'uniqueViewers']);

function together(a: UsagePoint, b: UsagePoint): UsagePoint {
  const measures = MEASURES.map((name) => [name, HIGHEST.has(name) ? Math.max(a[name], b[name]) : a[name] + b[name]]);
  return { ...a, ...Object.fromEntries(measures) };
}

/** The values of one name in every span. */
export function seriesOf(
  points: readonly UsagePoint[],
  name: string,
  spans: readonly number[],
  value: (point: UsagePoint) => number,
): number[] {
  const byTime = new Map(points.filter((point) => point.name === name).map((point) => [point.atMs, value(point)]));
  return spans.map((at) => byTime.get(at) ?? 0);
}
