import { createHash } from 'node:crypto';
import type { Caller } from '../identity/index.ts';
import type { KeptAnswers } from '../store/index.ts';
import { OperationError } from './base/index.ts';

/** What was answered, to be answered again. */
export type Answer = { readonly status: number; readonly body: unknown; readonly etag?: string };

/** A request that names itself by a key of its caller's. */
export type KeyedRequest = {
  readonly caller: Pick<Caller, 'kind' | 'name' | 'userId' | 'keyId'>;
  readonly key: string;
  /** Method and path. */
  readonly target: string;
  readonly body: unknown;
};

export type RepeatsOptions = {
  readonly kept: Pick<KeptAnswers, 'isReady' | 'begin' | 'finish' | 'forget'>;
  readonly wallMs: () => number;
  readonly onFailure: (error: unknown) => void;
};

/** An answer, and whether it was given before. */
export type Given = { readonly answer: Answer; readonly isRepeated: boolean };

type Known = { readonly request: string; readonly given: Promise<Given>; readonly beganMs: number; isDone: boolean };

const DAY_MS = 86_400_000;
/** In memory; the database has more. */
const MOST_KNOWN = 2000;
const KEY = /^[\x21-\x7e]{1,200}$/;

/**
 * Does what has a key once a day, and gives whoever asks again the same answer: by memory while the server runs, by the
 * database over a restart. What failed was not done, and may be asked for again.
 */
export class Repeats {
  readonly #options: RepeatsOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: RepeatsOptions) {
    this.#options = options;
  }

  async once(asked: KeyedRequest, run: () => Promise<Answer>): Promise<Given> {
    if (!KEY.test(asked.key)) {
      const remedy = 'Use 1 to 200 visible ASCII characters, such as a UUID.';
      throw new OperationError(400, 'IDEMPOTENCY_KEY_INVALID', 'the Idempotency-Key is not one', remedy);
    }
    const { kind, name, userId, keyId } = asked.caller;
    const id = hashOf([kind === 'session' || kind === 'password' ? 'person' : kind, userId ?? name, keyId, asked.key]);
    const request = hashOf([asked.target, asked.body]);
    const known = this.#find(id);
    if (known) {
      checkSame(known.request, request);
      return { ...(await known.given), isRepeated: true };
    }
    return this.#remember(id, request, this.#first(id, request, run));
  }

  #find(id: string): Known | undefined {
    const known = this.#known.get(id);
    return known && this.#options.wallMs() - known.beganMs < DAY_MS ? known : undefined;
  }

  async #remember(id: string, request: string, given: Promise<Given>): Promise<Given> {
    const known: Known = { request, given, beganMs: this.#options.wallMs(), isDone: false };
    this.#known.delete(id);
    this.#known.set(id, known);
    try {
      return await given;
    } catch (error) {
      this.#known.delete(id);
      throw error;
    } finally {
      known.isDone = true;
      this.#forgetOldest();
    }
  }

  #forgetOldest(): void {
    for (const [id, { isDone }] of this.#known) {
      if (this.#known.size <= MOST_KNOWN) return;
      if (isDone) this.#known.delete(id);
    }
  }

  async #first(id: string, request: string, run: () => Promise<Answer>): Promise<Given> {
    const { kept, onFailure } = this.#options;
    if (!kept.isReady) return { answer: await run(), isRepeated: false };
    const before = await kept.begin(id, request);
    if (before) {
      checkSame(before.request, request);
      return { answer: before.answer === undefined ? unfinished() : JSON.parse(before.answer), isRepeated: true };
    }
    let answer: Answer;
    try {
      answer = await run();
    } catch (error) {
      await kept.forget(id).catch(onFailure);
      throw error;
    }
    await kept.finish(id, JSON.stringify(answer)).catch(onFailure);
    return { answer, isRepeated: false };
  }
}

function checkSame(before: string, now: string): void {
  if (before === now) return;
  const message = 'this Idempotency-Key was used for another request';
  throw new OperationError(422, 'IDEMPOTENCY_KEY_REUSED', message, 'Make a new key for each request.');
}

function unfinished(): never {
  const message = 'the first request with this Idempotency-Key has no answer yet, or none that is known';
  const remedy = 'Ask again in a moment. Where that goes on, look whether it was done, and use a new key.';
  throw new OperationError(409, 'IDEMPOTENCY_UNFINISHED', message, remedy);
}

const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('base64url');
