import type { Clock } from './clock.ts';
import type { Stream } from './stream.ts';
import { type StreamId, streamKey } from './stream-id.ts';

type Waiting = {
  readonly settle: (stream?: Stream) => void;
  /** What it waited for beyond its own time does not come. */
  readonly giveUp: () => void;
};

/** Requests that are held until the stream they ask for is live. */
export class HeldViewers {
  readonly #options: { readonly clock: Clock; readonly maxHeldRequests: number };
  readonly #waiting = new Map<string, Set<Waiting>>();
  #count = 0;

  constructor(options: { readonly clock: Clock; readonly maxHeldRequests: number }) {
    this.#options = options;
  }

  has(id: StreamId): boolean {
    return this.#waiting.has(streamKey(id));
  }

  /**
   * The stream once it is live; undefined when the time is over, when `signal` aborts, or at once when too many are held.
   *
   * @param timeoutMs how long to wait in any case
   * @param comingMs how long while it is on its way
   */
  wait(
    id: StreamId,
    { timeoutMs, comingMs, signal }: { timeoutMs: number; comingMs: number; signal: AbortSignal },
  ): Promise<Stream | undefined> {
    const { clock, maxHeldRequests } = this.#options;
    const waitMs = Math.max(timeoutMs, comingMs);
    if (waitMs <= 0 || signal.aborted || this.#count >= maxHeldRequests) return Promise.resolve(undefined);
    const key = streamKey(id);
    const sinceMs = clock.nowMs();
    return new Promise((resolve) => {
      const all = this.#waiting.get(key) ?? new Set();
      const settle = (stream?: Stream) => {
        if (!all.delete(waiting)) return;
        this.#count--;
        if (all.size === 0) this.#waiting.delete(key);
        cancel();
        signal.removeEventListener('abort', abort);
        resolve(stream);
      };
      const abort = () => settle();
      let cancel = clock.after(waitMs, abort);
      const giveUp = () => {
        cancel();
        const leftMs = sinceMs + timeoutMs - clock.nowMs();
        if (leftMs <= 0) settle();
        else cancel = clock.after(leftMs, abort);
      };
      const waiting: Waiting = { settle, giveUp };
      signal.addEventListener('abort', abort);
      all.add(waiting);
      this.#waiting.set(key, all);
      this.#count++;
    });
  }

  release(id: StreamId, stream: Stream): void {
    for (const { settle } of [...(this.#waiting.get(streamKey(id)) ?? [])]) settle(stream);
  }

  giveUp(id: StreamId): void {
    for (const { giveUp } of [...(this.#waiting.get(streamKey(id)) ?? [])]) giveUp();
  }

  close(): void {
    for (const all of [...this.#waiting.values()]) for (const { settle } of [...all]) settle();
  }
}
