import { type ReadonlySignal, signal } from '@preact/signals';
import { type ApiProblem, ask } from './api.ts';

/** What a poll knows: the newest good answer stays when a later one fails. */
export type Polled<Value> = { readonly value?: Value; readonly problem?: ApiProblem };

/** Asks a path again and again while the page is seen; one question at a time. */
export class Poll<Value> {
  readonly state: ReadonlySignal<Polled<Value>>;
  readonly #state = signal<Polled<Value>>({});
  readonly #path: string;
  readonly #read: (answer: unknown) => Value;
  #isAsking = false;

  constructor(path: string, intervalMs: number, read: (answer: unknown) => Value) {
    this.state = this.#state;
    this.#path = path;
    this.#read = read;
    window.setInterval(() => this.#askIfSeen(), intervalMs);
    document.addEventListener('visibilitychange', () => this.#askIfSeen());
    void this.askNow();
  }

  async askNow(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const answer = await ask(this.#path);
    this.#isAsking = false;
    this.#state.value =
      'problem' in answer ? { ...this.#state.value, problem: answer.problem } : this.#take(answer.value);
  }

  #take(answer: unknown): Polled<Value> {
    try {
      return { value: this.#read(answer) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return {
        ...this.#state.value,
        problem: { kind: 'refused', status: 200, reason: `Unexpected answer: ${reason}.` },
      };
    }
  }

  #askIfSeen(): void {
    if (!document.hidden && this.#state.value.problem?.kind !== 'signed-out') void this.askNow();
  }
}
