import type { UsageQuery } from './usage-point.ts';
import { GRAINS } from './usage-tables.ts';

/** How much longer each window is than the one before. */
const GROWTH = 4;

/**
 * Asks for a page of streams in windows of time, until it is full: as points are in the order of time, nothing behind
 * the page need be added up.
 */
export async function inWindows<Point extends { readonly at: number }>(
  query: UsageQuery,
  ask: (query: UsageQuery) => Promise<Point[]>,
): Promise<Point[]> {
  const { limit, offset = 0, to } = query;
  if (limit === undefined || !query.by.includes('stream')) return ask(query);
  const points: Point[] = [];
  let toSkip = offset;
  let lengthMs = GRAINS[query.grain].ms;
  for (let from = query.from; from < to && points.length < limit; from += lengthMs, lengthMs *= GROWTH) {
    const wanted = toSkip + limit - points.length;
    const found = await ask({ ...query, from, to: Math.min(to, from + lengthMs), limit: wanted, offset: 0 });
    points.push(...found.slice(toSkip));
    toSkip = Math.max(0, toSkip - found.length);
  }
  return points;
}
