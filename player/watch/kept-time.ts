/** A piece of time by the wall clock. */
export type Span = { readonly startMs: number; readonly endMs: number };

/** What the server keeps of a stream. */
export type KeptTime = {
  /** In order, with a gap between each two. */
  readonly spans: readonly Span[];
  /** The last of them is still growing. */
  readonly isGrowing: boolean;
  /** So much is the server's clock ahead of this machine's. */
  readonly aheadMs: number;
};

/** A stream that is live was last archived so long ago at most. */
const GROWING_WITHIN_MS = 30_000;
/** Where there is nothing ahead, so much of what is behind is played. */
const LAST_BIT_MS = 5000;

/** Reads the server's answer to a timeline query; undefined where it is none. */
export function readKeptTime(answer: unknown, nowMs: number): KeptTime | undefined {
  const { current, timeline } = fields(answer);
  if (typeof current !== 'number' || !Number.isFinite(current) || !Array.isArray(timeline)) return undefined;
  const spans = joined(timeline.flatMap(readSpan));
  const lastMs = spans.at(-1)?.endMs ?? Number.NEGATIVE_INFINITY;
  return { spans, isGrowing: current * 1000 - lastMs < GROWING_WITHIN_MS, aheadMs: current * 1000 - nowMs };
}

function readSpan(entry: unknown): Span[] {
  const { start, end } = fields(entry);
  if (typeof start !== 'number' || typeof end !== 'number' || !(start < end)) return [];
  return Number.isFinite(start) && Number.isFinite(end) ? [{ startMs: start * 1000, endMs: end * 1000 }] : [];
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** In order, those that touch or are nearer to each other than a gap as one. */
export function joined(spans: readonly Span[], gapMs = 0): Span[] {
  const inOrder = spans.toSorted((a, b) => a.startMs - b.startMs);
  const result: Span[] = [];
  for (const span of inOrder) {
    const last = result.at(-1);
    if (last && span.startMs <= last.endMs + gapMs) {
      result[result.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, span.endMs) };
    } else result.push(span);
  }
  return result;
}

/** What of the spans lies within others. */
export function within(spans: readonly Span[], { startMs, endMs }: Span): Span[] {
  return spans.flatMap((span) => {
    const part = { startMs: Math.max(span.startMs, startMs), endMs: Math.min(span.endMs, endMs) };
    return part.startMs < part.endMs ? [part] : [];
  });
}

export function isKept(spans: readonly Span[], atMs: number): boolean {
  return spans.some(({ startMs, endMs }) => startMs <= atMs && atMs <= endMs);
}

/** The moment itself where it is kept, else the nearest one in a direction, else in the other. */
export function nearestKept(spans: readonly Span[], atMs: number, direction: 'forward' | 'back'): number | undefined {
  if (isKept(spans, atMs)) return atMs;
  const next = nextStart(spans, atMs);
  const before = spans.findLast(({ endMs }) => endMs < atMs);
  const last = before && Math.max(before.startMs, before.endMs - LAST_BIT_MS);
  return direction === 'forward' ? (next ?? last) : (last ?? next);
}

/** When what comes after a gap begins. */
export function nextStart(spans: readonly Span[], atMs: number): number | undefined {
  return spans.find(({ startMs }) => startMs > atMs)?.startMs;
}
