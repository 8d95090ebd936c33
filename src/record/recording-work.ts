import { type Clock, streamKey } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { lineOf, type RecordingDesk, type RecordingTask } from './recording-desk.ts';

export type RecordingWorkOptions = {
  readonly clock: Clock;
  readonly log: Logger;
  /** Does one task; what it throws has it tried again later. */
  readonly perform: (desk: RecordingDesk, task: RecordingTask) => Promise<void>;
  /** Nothing is recorded at the desk, and nothing is left to do. */
  readonly onIdle: (desk: RecordingDesk) => void;
};

type Lane = 'statuses' | 'short' | 'long';

/** A line whose first task waits for its turn in a lane. */
type Waiting = { readonly desk: RecordingDesk; readonly task: RecordingTask; readonly key: string };

/** Statuses never wait for files, nor short files for long ones. */
const AT_ONCE: Readonly<Record<Lane, number>> = { statuses: Number.POSITIVE_INFINITY, short: 2, long: 1 };
/** Of media: such a file takes seconds to be made, or minutes. */
const LONG_MS = 600_000;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;

/**
 * Has the tasks of all recordings done. Statuses of a stream are a line, its files and slices in each format another: a
 * line's tasks are done one after the other, in their order, and lines take turns in their lanes.
 *
 *     a  status  started, paused, ...     -->  statuses   all lines at once
 *     a  m3u8    slice, slice, playlist   -->  short      two lines at once
 *     b  mp4     file of an hour          -->  long       one line at once
 */
export class RecordingWork {
  readonly #options: RecordingWorkOptions;
  /** Lines that wait, run, or are tried again later. */
  readonly #busy = new Set<string>();
  readonly #waiting: Readonly<Record<Lane, Waiting[]>> = { statuses: [], short: [], long: [] };
  readonly #running: Readonly<Record<Lane, Set<Promise<void>>>> = {
    statuses: new Set(),
    short: new Set(),
    long: new Set(),
  };
  readonly #failures = new Map<string, number>();
  readonly #retries = new Map<string, () => void>();
  #isClosed = false;

  constructor(options: RecordingWorkOptions) {
    this.#options = options;
  }

  /** The desk may have new tasks. */
  look(desk: RecordingDesk): void {
    if (this.#isClosed) return;
    for (const task of desk.nextTasks) {
      const key = `${streamKey(desk.id)} ${lineOf(task)}`;
      if (this.#busy.has(key)) continue;
      this.#busy.add(key);
      this.#wait({ desk, task, key });
    }
  }

  /** Begins nothing more, and waits for what runs: whoever performs it is to have broken it off. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#retries.values()) cancel();
    await Promise.all(Object.values(this.#running).flatMap((running) => [...running]));
  }

  #wait(waiting: Waiting): void {
    const lane = laneOf(waiting.task);
    this.#waiting[lane].push(waiting);
    this.#fill(lane);
  }

  #fill(lane: Lane): void {
    const running = this.#running[lane];
    while (running.size < AT_ONCE[lane] && !this.#isClosed) {
      const next = this.#waiting[lane].shift();
      if (!next) return;
      const run = this.#perform(next).finally(() => {
        running.delete(run);
        this.#fill(lane);
      });
      running.add(run);
    }
  }

  async #perform({ desk, task, key }: Waiting): Promise<void> {
    try {
      await this.#options.perform(desk, task);
    } catch (error) {
      if (!this.#isClosed) this.#retryLater({ desk, task, key }, error);
      return;
    }
    this.#failures.delete(key);
    this.#busy.delete(key);
    this.look(desk);
    if (desk.isIdle) this.#options.onIdle(desk);
  }

  #retryLater(waiting: Waiting, error: unknown): void {
    const { clock, log } = this.#options;
    const { desk, key } = waiting;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    if (failures === 1) log.error({ error, ...desk.id }, 'recording cannot be made now, it is tried again');
    const again = () => {
      this.#retries.delete(key);
      this.#wait(waiting);
    };
    this.#retries.set(key, clock.after(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)), again));
  }
}

function laneOf({ effect }: RecordingTask): Lane {
  if (effect.kind === 'statusChanged') return 'statuses';
  const { format } = effect.rule;
  return (format === 'mp4' || format === 'flv') && effect.durationMs > LONG_MS ? 'long' : 'short';
}
