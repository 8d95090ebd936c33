import type { Clock } from '../live/index.ts';
import type { Attempt } from './attempt.ts';
import { LoadWatch } from './load-watch.ts';
import type { Rung } from './rung.ts';

/** Who says nothing for this long is not slow but may hang. */
const SILENT_MS = 2000;

/** Tells which rung is to be given up because FFmpeg is slower than its source. */
export class Overload {
  readonly #load: LoadWatch;

  constructor(clock: Clock) {
    this.#load = new LoadWatch(clock);
  }

  /** Another run starts. */
  reset(): void {
    this.#load.reset();
  }

  /** The source was away for a while. */
  sourceLeapt(): void {
    this.#load.sourceLeapt();
  }

  /** To be asked about once a second. @returns the topmost rung of a run that is too slow */
  excess(run: Attempt): Rung | undefined {
    if (!isAnswering(run) || !this.#load.isTooSlow(run.feed, run.reachedDtsMs)) return undefined;
    return run.rungs.toSorted((a, b) => b.weight - a.weight)[0];
  }
}

/** Neither at its end nor silent. */
export function isAnswering(run: Attempt): boolean {
  return !run.isFinishing && run.silentMs <= SILENT_MS;
}
