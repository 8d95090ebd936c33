import { type Clock, type StreamId, streamKey } from '../live/index.ts';

/** Lets others wait for what comes into the archive. */
export class Arrivals {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  /** Something of the stream came, or nothing more will. */
  changed(id: StreamId): void {
    for (const look of [...(this.#waiting.get(streamKey(id)) ?? [])]) look();
  }

  /** Looks at each change until it is there, the time is over or the signal is given. */
  async until(
    id: StreamId,
    isThere: () => Promise<boolean>,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    let isOver = signal.aborted;
    let wake = () => {};
    const end = () => {
      isOver = true;
      wake();
    };
    const stopTimer = this.#clock.after(timeoutMs, end);
    signal.addEventListener('abort', end);
    let hasChanged = false;
    const forget = this.#add(id, () => {
      hasChanged = true;
      wake();
    });
    try {
      while (!isOver && !(await isThere())) {
        if (!hasChanged && !isOver) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        hasChanged = false;
      }
    } finally {
      forget();
      stopTimer();
      signal.removeEventListener('abort', end);
    }
  }

  #add(id: StreamId, look: () => void): () => void {
    const key = streamKey(id);
    const all = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, all.add(look));
    return () => {
      all.delete(look);
      if (all.size === 0 && this.#waiting.get(key) === all) this.#waiting.delete(key);
    };
  }
}
