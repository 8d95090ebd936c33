import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { EventEntry } from '../answers/answer-types.ts';
import { readEvents } from '../answers/read-answers.ts';
import { type ApiProblem, ask, queryOf } from '../kit/index.ts';

const WAIT_SECONDS = 25;
const TIMEOUT_MS = (WAIT_SECONDS + 10) * 1000;
const AFTER_PROBLEM_MS = 5000;
const KEPT = 500;

export type TailState = {
  /** The newest first; undefined before the first answer. */
  readonly events?: readonly EventEntry[];
  readonly problem?: ApiProblem | undefined;
};

/** Follows what happens, from a moment on, by long polls. */
export class EventTail {
  readonly state: ReadonlySignal<TailState>;
  readonly #state = signal<TailState>({});
  readonly #sinceMs: number;
  readonly #isWanted: (event: EventEntry) => boolean;

  constructor(sinceMs: number, isWanted: (event: EventEntry) => boolean) {
    this.state = this.#state;
    this.#sinceMs = sinceMs;
    this.#isWanted = isWanted;
  }

  /** Follows until what is given back is called. */
  start(): () => void {
    const stop = new AbortController();
    void this.#follow(stop.signal);
    return () => stop.abort();
  }

  async #follow(wanted: AbortSignal): Promise<void> {
    let cursor: number | undefined;
    while (!wanted.aborted) {
      const from = cursor === undefined ? { since: new Date(this.#sinceMs).toISOString() } : { after: cursor };
      const wait = cursor === undefined ? {} : { waitSeconds: WAIT_SECONDS };
      const answer = await ask(`/events${queryOf({ ...from, ...wait })}`, { timeoutMs: TIMEOUT_MS, signal: wanted });
      if (wanted.aborted) return;
      if ('problem' in answer) {
        this.#state.value = { ...this.#state.value, problem: answer.problem };
        await new Promise((resolve) => window.setTimeout(resolve, AFTER_PROBLEM_MS));
      } else {
        const page = readEvents(answer.value);
        cursor = page.cursor;
        this.#add(page.events);
      }
    }
  }

  #add(events: readonly EventEntry[]): void {
    const fresh = events.filter(this.#isWanted).toReversed();
    this.#state.value = { events: [...fresh, ...(this.#state.value.events ?? [])].slice(0, KEPT) };
  }
}

/** A tail that lives as long as its component. `key` says when another is wanted. */
export function useEventTail(key: string, sinceMs: number, isWanted: (event: EventEntry) => boolean): EventTail {
  const tail = useMemo(() => new EventTail(sinceMs, isWanted), [key]);
  useEffect(() => tail.start(), [tail]);
  return tail;
}
