import { setTimeout as delay } from 'node:timers/promises';
import { isSrsYes } from '../protocol/srs/index.ts';
import type { FetchRemote, RemoteRequest } from './remote-request.ts';

const AT_ONCE = 16;
const MAX_WAITING = 10_000;
const TRIES = 5;
const PAUSE_MS = 1000;

/** Tells servers with hooks of SRS of players who have left. It tries five times, a second apart, and keeps 10 000 at most. */
export class SrsFarewells {
  readonly #fetch: FetchRemote;
  readonly #onUntold: (url: string) => void;
  readonly #waiting: RemoteRequest[] = [];
  readonly #abort = new AbortController();
  #underWay = 0;
  /** Said once, until one is told again. */
  #isUntoldSaid = false;

  constructor(fetchRemote: FetchRemote, onUntold: (url: string) => void) {
    this.#fetch = fetchRemote;
    this.#onUntold = onUntold;
  }

  tell(farewell: RemoteRequest): void {
    if (this.#abort.signal.aborted) return;
    if (this.#waiting.length >= MAX_WAITING) this.#untold(farewell);
    else this.#waiting.push(farewell);
    if (this.#underWay < AT_ONCE) void this.#work();
  }

  close(): void {
    this.#abort.abort();
    this.#waiting.length = 0;
  }

  async #work(): Promise<void> {
    this.#underWay++;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) await this.#tellOne(next);
    this.#underWay--;
  }

  async #tellOne(farewell: RemoteRequest): Promise<void> {
    const { signal } = this.#abort;
    for (let tried = 0; tried < TRIES && !signal.aborted; tried++) {
      if (tried > 0) await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      const isTaken = await this.#fetch(farewell).then(
        ({ status, body = '' }) => status === 200 && isSrsYes(body),
        () => false,
      );
      if (!isTaken) continue;
      this.#isUntoldSaid = false;
      return;
    }
    if (!signal.aborted) this.#untold(farewell);
  }

  #untold({ url }: RemoteRequest): void {
    if (!this.#isUntoldSaid) this.#onUntold(url);
    this.#isUntoldSaid = true;
  }
}
