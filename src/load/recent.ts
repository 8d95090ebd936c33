import type { Measure, Resource } from './measure.ts';

/** How far apart the points of the last minutes are, and how many are kept. */
export const POINT_SECONDS = 5;
const POINTS = 60;

/** What was measured over the last five minutes: of each five seconds the worst. */
export class RecentMeasures {
  readonly #points = new Map<Resource, number[]>();
  #taken = 0;

  /** To be told of everything that is measured, once a second. */
  take(measures: readonly Measure[]): void {
    const isNewPoint = this.#taken++ % POINT_SECONDS === 0;
    for (const { resource, value, isFree } of measures) {
      const points = this.#points.get(resource) ?? [];
      const last = isNewPoint ? undefined : points.pop();
      const worst = isFree ? Math.min : Math.max;
      points.push(last === undefined ? value : worst(last, value));
      this.#points.set(resource, points.slice(-POINTS));
    }
  }

  /** The newest last. */
  of(resource: Resource): readonly number[] {
    return this.#points.get(resource) ?? [];
  }
}
