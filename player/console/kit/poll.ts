import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { fields, list, text } from '../answers/answer-fields.ts';
import { type ApiProblem, ask, isSignedOut } from './api.ts';

/** What a poll knows: the newest good answer stays when a later one fails. */
export type Polled<Value> = {
  readonly value?: Value;
  readonly problem?: ApiProblem;
  /** Nodes of which the answer has nothing, as they gave none. */
  readonly silentNodes?: readonly string[];
};

export type PollOptions<Value> = {
  /** Below `/api/v1`; without one nothing is asked. */
  readonly path: string | undefined;
  /** Undefined asks once. */
  readonly everyMs?: number | undefined;
  readonly read: (answer: unknown) => Value;
};

/** Asks a path again and again while the page is seen; one question at a time. */
export class Poll<Value> {
  readonly state: ReadonlySignal<Polled<Value>>;
  readonly #state = signal<Polled<Value>>({});
  readonly #options: PollOptions<Value>;
  #isAsking = false;

  constructor(options: PollOptions<Value>) {
    this.state = this.#state;
    this.#options = options;
  }

  /** Asks until what is given back is called. */
  start(): () => void {
    const { path, everyMs } = this.#options;
    if (path === undefined) return () => {};
    const askIfSeen = () => {
      if (!document.hidden && !isSignedOut.peek()) void this.askNow();
    };
    void this.askNow();
    if (everyMs === undefined) return () => {};
    const timer = window.setInterval(askIfSeen, everyMs);
    document.addEventListener('visibilitychange', askIfSeen);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', askIfSeen);
    };
  }

  async askNow(): Promise<void> {
    const { path } = this.#options;
    if (this.#isAsking || path === undefined) return;
    this.#isAsking = true;
    const answer = await ask(path);
    this.#isAsking = false;
    this.#state.value =
      'problem' in answer ? { ...this.#state.value, problem: answer.problem } : this.#take(answer.value);
  }

  #take(answer: unknown): Polled<Value> {
    try {
      const silent = list(fields(answer).silentNodes).flatMap((name) => text(name) ?? []);
      return { value: this.#options.read(answer), ...(silent.length > 0 && { silentNodes: silent }) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return {
        ...this.#state.value,
        problem: { kind: 'refused', status: 200, reason: `Unexpected answer: ${reason}.` },
      };
    }
  }
}

/** A poll that lives as long as its component. `read` is a function of the module, the same at every drawing. */
export function usePoll<Value>({ path, everyMs, read }: PollOptions<Value>): Poll<Value> {
  const poll = useMemo(() => new Poll({ path, everyMs, read }), [path, everyMs, read]);
  useEffect(() => poll.start(), [poll]);
  return poll;
}
