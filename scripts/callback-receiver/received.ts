import { type CallbackFacts, identityOf, isUnique, readCallback } from './callback.ts';
import { type CallbackRequest, type SignatureCheck, type VerifyOptions, verifyCallback } from './verify.ts';

/** A callback as it came in, with what the receiver makes of it. */
export type ReceivedCallback = CallbackFacts & {
  /** 1 for the first since the receiver was started. */
  readonly number: number;
  readonly receivedAtMs: number;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Cut at some length. */
  readonly body: string;
  readonly bodyBytes: number;
  readonly signature: SignatureCheck;
  /** The status that it was answered with. */
  readonly answer: number;
  /** 1 for the first time that it came, 2 for a repetition ... */
  readonly attempt: number;
  /** What came earlier says that it happened later. */
  readonly isLate: boolean;
};

export type ReceivedOptions = Omit<VerifyOptions, 'nowMs'> & {
  /** How often each callback is refused before it is taken. */
  readonly failures: number;
  readonly failureStatus: number;
  readonly nowMs: () => number;
};

/** A callback whose answer is decided, but which may not be looked at yet. */
export type Answered = { readonly request: CallbackRequest; readonly answer: number; readonly attempt: number };

const KEPT = 1000;
const KEPT_ATTEMPTS = 10_000;
const KEPT_STREAMS = 1000;
const KEPT_BODY_BYTES = 16_384;

/** The callbacks that came last, in the order that they came in. */
export class Received {
  readonly #options: ReceivedOptions;
  readonly #callbacks: ReceivedCallback[] = [];
  readonly #attempts = new Map<string, { readonly count: number; readonly isTaken: boolean }>();
  readonly #latest = new Map<string, number>();
  readonly #listeners = new Set<(callback: ReceivedCallback) => void>();
  #count = 0;

  constructor(options: ReceivedOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  /** The last 1000. */
  list(afterNumber = 0): ReceivedCallback[] {
    return this.#callbacks.filter(({ number }) => number > afterNumber);
  }

  /** Calls back for each that comes; the answer takes that back. */
  listen(listener: (callback: ReceivedCallback) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Decides the answer, which nobody should wait for. */
  answer(request: CallbackRequest): Answered {
    const { failures, failureStatus } = this.#options;
    const identity = identityOf(request);
    const before = this.#attempts.get(identity);
    // What has neither an id nor a time (record_started) may be said of a stream again and again.
    const isNew = before?.isTaken === true && !isUnique(request);
    const attempt = isNew ? 1 : (before?.count ?? 0) + 1;
    const answer = attempt <= failures ? failureStatus : 200;
    remember(this.#attempts, identity, { count: attempt, isTaken: answer === 200 }, KEPT_ATTEMPTS);
    return { request, attempt, answer };
  }

  /** Adds it to the list and tells the listeners. */
  add({ request, answer, attempt }: Answered): ReceivedCallback {
    const { method, target, headers, body } = request;
    const receivedAtMs = this.#options.nowMs();
    const facts = readCallback(request);
    this.#count++;
    const callback: ReceivedCallback = {
      ...facts,
      number: this.#count,
      receivedAtMs,
      method,
      target,
      headers,
      body: Buffer.from(body.subarray(0, KEPT_BODY_BYTES)).toString('utf8'),
      bodyBytes: body.length,
      signature: verifyCallback(request, { ...this.#options, nowMs: receivedAtMs }),
      answer,
      attempt,
      isLate: attempt === 1 && this.#isLate(target, facts),
    };
    this.#callbacks.push(callback);
    if (this.#callbacks.length > KEPT) this.#callbacks.shift();
    for (const listener of this.#listeners) listener(callback);
    return callback;
  }

  /** Order is promised for a stream at one endpoint. */
  #isLate(target: string, { domain, app, stream, happenedAtMs }: CallbackFacts): boolean {
    if (happenedAtMs === undefined) return false;
    const key = JSON.stringify([target.split('?')[0], domain, app, stream]);
    const latestMs = this.#latest.get(key) ?? happenedAtMs;
    remember(this.#latest, key, Math.max(latestMs, happenedAtMs), KEPT_STREAMS);
    return happenedAtMs < latestMs;
  }
}

/** Sets an entry as the newest, and forgets the oldest past the limit. */
function remember<T>(map: Map<string, T>, key: string, value: T, limit: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > limit && oldest !== undefined) map.delete(oldest);
}
