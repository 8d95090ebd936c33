import type { Store } from '../store/index.ts';
import type { UsagePoint, UsageQuery } from './usage-point.ts';
import { selectionOf } from './usage-query.ts';
import { ViewerSketch } from './viewer-sketch.ts';

type Point = Omit<UsagePoint, 'uniqueViewers'>;

/** Adds to points how many different viewers there were, which is known of hours and days, and not by door or template. */
export async function withUniques(store: Store, query: UsageQuery, points: readonly Point[]): Promise<UsagePoint[]> {
  const { grain, by, door, template } = query;
  const isKnown = grain === 'hour' || grain === 'day';
  if (!isKnown || door !== undefined || template !== undefined || by.includes('door') || by.includes('template')) {
    return [...points];
  }
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return [];
  const { where, values, names } = selectionOf({ ...query, from: first.at, to: last.at + 1 }, 'viewers');
  const columns = names.map((name) => `, ${name}`).join('');
  const text = `select at${columns}, sketch from headwater.usage_viewers
    where ${where} and grain = $${values.length + 1}`;
  const rows = await store.query<Partial<Point> & { at: Date; sketch: Buffer }>(text, [...values, grain]);
  const keyOf = (named: Partial<Point>, at: number) => [at, ...by.map((name) => named[name] ?? '')].join('\n');
  const sketches = new Map<string, ViewerSketch>();
  for (const row of rows) {
    const key = keyOf(row as Partial<Point>, row.at.getTime());
    const sketch = sketches.get(key) ?? new ViewerSketch();
    sketch.merge(row.sketch);
    sketches.set(key, sketch);
  }
  return points.map((point) => ({
    ...point,
    uniqueViewers: sketches.get(keyOf(point, point.at))?.estimate() ?? 0,
  }));
}
