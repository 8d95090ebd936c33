import { signal } from '@preact/signals';
import { type KeptTime, readKeptTime } from './kept-time.ts';

const FRESH_MS = 60_000;
/** What plays live is about to be archived: until it is, the answer is soon old. */
const SOON_OLD_MS = 5000;
/** A stream may get an archive while the page is open, by a change of the rules. */
const NONE_FOR_MS = 300_000;

/** Asks the server now and then which times of the stream can be played. */
export class KeptTimes {
  /** Undefined where the stream has no time shift, and until the answer is there. */
  readonly kept = signal<KeptTime | undefined>(undefined);
  readonly #url: string | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isNone = false;

  constructor(url: string | undefined) {
    this.#url = url;
  }

  /** @param isLive the stream plays now */
  askIfOld(isLive: boolean): void {
    if (performance.now() - this.#askedAt >= this.#freshMs(isLive)) void this.ask();
  }

  /** A server that gives no answer leaves what is known. */
  async ask(): Promise<void> {
    if (this.#url === undefined) return;
    this.#askedAt = performance.now();
    const response = await fetch(this.#url, { cache: 'no-store' }).catch(() => undefined);
    if (!response) return;
    const answer: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
    this.kept.value = readKeptTime(answer, Date.now());
    this.#isNone = this.kept.value === undefined;
  }

  #freshMs(isLive: boolean): number {
    if (this.#isNone) return NONE_FOR_MS;
    return isLive && this.kept.value?.isGrowing === false ? SOON_OLD_MS : FRESH_MS;
  }
}
