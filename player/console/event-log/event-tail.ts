import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { EventEntry } from '../answers/answer-types.ts';
import { readEvents } from '../answers/read-answers.ts';
import { type ApiProblem, ask, queryOf } from '../kit/index.ts';
import { followBySocket } from './event-socket.ts';
import { backoffMs, newest } from './newest.ts';

const WAIT_SECONDS = 25;
const TIMEOUT_MS = (WAIT_SECONDS + 10) * 1000;
/** Where no WebSocket came about, long polls do for so long. */
const WITHOUT_SOCKET_MS = 300_000;
/** Events of a burst are shown together. */
const TOGETHER_MS = 100;
/** A line that breaks sooner counts as a failure. */
const STEADY_MS = 10_000;

export type TailState = {
  /** The newest first; undefined before the first answer. */
  readonly events?: readonly EventEntry[];
  readonly problem?: ApiProblem | undefined;
};

export type TailOptions = {
  /** Unix time. */
  readonly sinceMs: number;
  readonly isWanted: (event: EventEntry) => boolean;
  /** What the server may leave out on the way: `domain`, `app`. */
  readonly filter?: Readonly<Record<string, string>>;
};

/**
 * Follows what happens, from a moment on, by WebSocket; by long polls where none comes about. Each time a line ends it
 * asks once, which brings what was missed, or the reason why there is nothing.
 */
export class EventTail {
  readonly state: ReadonlySignal<TailState>;
  readonly #state = signal<TailState>({});
  readonly #options: TailOptions;
  #fresh: readonly EventEntry[] = [];
  #timer: number | undefined;
  #cursor: number | undefined;
  #failures = 0;
  #socketFromMs = 0;

  constructor(options: TailOptions) {
    this.state = this.#state;
    this.#options = options;
  }

  /** Follows while the page is seen, until what is given back is called. */
  start(): () => void {
    let line: AbortController | undefined;
    const follow = () => {
      line?.abort();
      line = undefined;
      if (document.hidden) return;
      line = new AbortController();
      void this.#follow(line.signal);
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      line?.abort();
      window.clearTimeout(this.#timer);
    };
  }

  async #follow(wanted: AbortSignal): Promise<void> {
    while (!wanted.aborted) {
      const mayOpen = performance.now() >= this.#socketFromMs;
      const isGood = await this.#askOnce(mayOpen ? 0 : WAIT_SECONDS, wanted);
      if (wanted.aborted) return;
      if (isGood && mayOpen) await this.#listen(wanted);
      else this.#failures = isGood ? 0 : this.#failures + 1;
      if (this.#failures > 0) await pause(backoffMs(this.#failures, Math.random()), wanted);
    }
  }

  async #listen(wanted: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    const hasSpoken = await followBySocket({
      cursor: this.#cursor ?? 0,
      filter: this.#options.filter ?? {},
      signal: wanted,
      onEvent: (event) => this.#add([event]),
      onCursor: (cursor) => {
        this.#cursor = cursor;
      },
    });
    const nowMs = performance.now();
    if (!hasSpoken) this.#socketFromMs = nowMs + WITHOUT_SOCKET_MS;
    this.#failures = hasSpoken && nowMs - startedMs < STEADY_MS ? this.#failures + 1 : 0;
  }

  async #askOnce(waitSeconds: number, signal: AbortSignal): Promise<boolean> {
    const from =
      this.#cursor === undefined
        ? { since: new Date(this.#options.sinceMs).toISOString() }
        : { after: this.#cursor, waitSeconds };
    const answer = await ask(`/events${queryOf(from)}`, { timeoutMs: TIMEOUT_MS, signal });
    if (signal.aborted) return false;
    if ('problem' in answer) {
      this.#state.value = { ...this.#state.value, problem: answer.problem };
      // Of a server that is away nobody knows what gets through to it.
      this.#socketFromMs = 0;
      return false;
    }
    const page = readEvents(answer.value);
    this.#cursor = page.cursor;
    this.#add(page.events);
    this.#show();
    return true;
  }

  #add(events: readonly EventEntry[]): void {
    const wanted = events.filter(this.#options.isWanted);
    this.#fresh = newest(wanted, this.#fresh);
    this.#timer ??= window.setTimeout(() => this.#show(), TOGETHER_MS);
  }

  #show(): void {
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
    const before = this.#state.value.events ?? [];
    this.#state.value = { events: newest(this.#fresh.toReversed(), before) };
    this.#fresh = [];
  }
}

/** Ends early when the network is back. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      window.clearTimeout(timer);
      signal.removeEventListener('abort', end);
      window.removeEventListener('online', end);
      resolve();
    };
    const timer = window.setTimeout(end, ms);
    signal.addEventListener('abort', end);
    window.addEventListener('online', end);
  });
}

/** A tail that lives as long as its component. `key` says when another is wanted. */
export function useEventTail(key: string, options: TailOptions): EventTail {
  const tail = useMemo(() => new EventTail(options), [key]);
  useEffect(() => tail.start(), [tail]);
  return tail;
}
