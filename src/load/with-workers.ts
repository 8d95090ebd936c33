import type { Measure } from './measure.ts';

/** What a process that serves viewers says of itself. */
export type WorkerLoad = {
  readonly eventLoopDelayMs: number;
  readonly descriptors: { readonly open: number; readonly most: number } | undefined;
};

/**
 * The measures of a server whose viewers are served by other processes: where even the least busy of these is worse off
 * than the server itself, that counts, as it is what a new viewer meets.
 */
export function withWorkers(measures: readonly Measure[], workers: readonly WorkerLoad[]): Measure[] {
  const lateMs = least(workers.map(({ eventLoopDelayMs }) => eventLoopDelayMs));
  const known = workers.flatMap(({ descriptors }) => (descriptors ? [descriptors] : []));
  const fullPercent = least(known.map(({ open, most }) => (100 * open) / most));
  return measures.map((measure) => {
    if (measure.resource === 'event-loop' && lateMs > measure.value) {
      return { ...measure, value: lateMs, words: `its playback workers answer ${lateMs.toFixed(0)} ms late` };
    }
    if (measure.resource === 'descriptors' && fullPercent > measure.value) {
      const words = `${fullPercent.toFixed(0)} % of the descriptors of its playback workers are open (LimitNOFILE)`;
      return { ...measure, value: fullPercent, words };
    }
    return measure;
  });
}

/** 0 where there are none. */
function least(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.min(...values);
}
