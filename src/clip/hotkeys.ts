import { type Clock, type StreamId, streamKey } from '../live/index.ts';
import type { KeptClip } from './clip.ts';
import { ClipError } from './clip-error.ts';
import type { Clips } from './clips.ts';
import { type Marker, markerName } from './marker.ts';
import type { Markers } from './markers.ts';

export type HotkeysOptions = {
  readonly clips: Pick<Clips, 'make'>;
  readonly markers: Pick<Markers, 'set'>;
  readonly clock: Clock;
  /** Whether the stream is published now and kept in the archive. */
  readonly isMarkable: (id: StreamId) => boolean;
};

type Press = { readonly atMs: number; readonly result: Promise<unknown> };
type Budget = { left: number; atMs: number };

/** Two presses within this are one. */
const ONE_PRESS_MS = 1000;
/** So many at once, and one more each so often. */
const BURST = 10;
const REFILL_MS = 5000;
const DEFAULT_SECONDS = 30;

/** What somebody presses while the stream is on: one clip or marker a press, though hands and keyboards repeat. */
export class Hotkeys {
  readonly #options: HotkeysOptions;
  readonly #presses = new Map<string, Press>();
  readonly #budgets = new Map<string, Budget>();

  constructor(options: HotkeysOptions) {
    this.#options = options;
  }

  /** A clip of the last seconds. Throws ClipError. */
  clip(id: StreamId, { seconds = DEFAULT_SECONDS, title }: { seconds?: number; title?: string }): Promise<KeptClip> {
    return this.#once(id, ['clip', seconds], () => {
      return this.#options.clips.make(id, { wanted: { seconds }, title, by: 'hotkey' });
    });
  }

  /** A marker of this moment. Throws ClipError. */
  marker(id: StreamId, name: string): Promise<Marker> {
    return this.#once(id, ['marker', markerName(name)], async () => {
      if (!this.#options.isMarkable(id)) {
        const remedy = 'Publish it, and set record.enabled or timeShift.enabled in its rule.';
        throw new ClipError('NOT_MARKABLE', 'the stream is not live, or is not kept', remedy);
      }
      return this.#options.markers.set(id, { atWallMs: this.#options.clock.wallMs(), name, by: 'hotkey' });
    });
  }

  #once<T>(id: StreamId, what: readonly unknown[], press: () => Promise<T>): Promise<T> {
    const nowMs = this.#options.clock.nowMs();
    this.#forgetOld(nowMs);
    const key = JSON.stringify([streamKey(id), ...what]);
    const before = this.#presses.get(key);
    // The key holds what was pressed, so that the result is of the same kind.
    if (before) return before.result as Promise<T>;
    const result = this.#spend(streamKey(id), nowMs) ? press() : Promise.reject(tooMany());
    this.#presses.set(key, { atMs: nowMs, result });
    return result;
  }

  #spend(key: string, nowMs: number): boolean {
    const budget = this.#budgets.get(key) ?? { left: BURST, atMs: nowMs };
    budget.left = Math.min(BURST, budget.left + (nowMs - budget.atMs) / REFILL_MS);
    budget.atMs = nowMs;
    this.#budgets.set(key, budget);
    if (budget.left < 1) return false;
    budget.left--;
    return true;
  }

  #forgetOld(nowMs: number): void {
    for (const [key, { atMs }] of this.#presses) if (nowMs - atMs >= ONE_PRESS_MS) this.#presses.delete(key);
    for (const [key, { atMs }] of this.#budgets) if (nowMs - atMs >= BURST * REFILL_MS) this.#budgets.delete(key);
  }
}

function tooMany(): ClipError {
  const remedy = `Press less often: one in ${REFILL_MS / 1000} seconds, and up to ${BURST} at a time.`;
  return new ClipError('TOO_MANY_PRESSES', 'the hotkeys of this stream were pressed too often', remedy);
}
