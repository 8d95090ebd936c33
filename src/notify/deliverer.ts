import { callbackRequest } from './callback-request.ts';
import { foreignTo, isSuccess, refusalText } from './endpoint-form.ts';
import type { Delivery, Endpoint } from './event.ts';
import { nextTry } from './schedule.ts';
import type { SendCallback } from './send.ts';
import type { Timers } from './timers.ts';

/** When a try began and how long it took. */
export type TryTimes = { readonly atMs: number; readonly durationMs: number };

export type DeliveryFailure = {
  readonly status?: number;
  readonly error: string;
  readonly retryAtMs: number | 'dead';
  /** Left out where nothing was sent. */
  readonly times?: TryTimes;
};

/** Where deliveries come from. It keeps the order within an endpoint and stream, and the claim while we hold it. */
export interface DeliverySource {
  /** Deliveries that are due, at most `limit`; none of the endpoints in `except`. */
  claim(limit: number, except: readonly string[]): Promise<Delivery[]>;
  delivered(delivery: Delivery, status: number, times: TryTimes): Promise<void>;
  failed(delivery: Delivery, failure: DeliveryFailure): Promise<void>;
  /** Takes back what was claimed and not tried. */
  release(deliveries: readonly Delivery[]): Promise<void>;
  /** Calls back when something may be due; the answer takes that back. */
  onWake(callback: () => void): () => void;
  /** Whether nothing can be due that `onWake` would not tell of. */
  isIdle?(): boolean;
}

export type DeliveryOutcome = {
  readonly endpointId: string;
  readonly event: Delivery['event']['kind'];
  readonly app: string;
  readonly stream: string;
  readonly result: 'delivered' | 'retry' | 'dead';
  readonly attempt: number;
  readonly durationMs: number;
  readonly status?: number;
  readonly error?: string;
};

export type DelivererOptions = {
  readonly source: DeliverySource;
  /** The endpoint as the rules have it now; undefined when it is gone. */
  readonly endpointOf: (delivery: Delivery) => Endpoint | undefined;
  readonly send: SendCallback;
  /** Tells it in another way than by a callback of the endpoint's form; the status decides, 2xx is taken. */
  readonly tell?: (delivery: Delivery, endpoint: Endpoint, signal: AbortSignal) => Promise<{ readonly status: number }>;
  readonly nowMs: () => number;
  readonly timers: Timers;
  /** Sends at once, over all endpoints. */
  readonly concurrency?: number;
  /** Sends at once to one endpoint, so that a dead one cannot take all. */
  readonly perEndpoint?: number;
  readonly onOutcome?: (outcome: DeliveryOutcome) => void;
  /** The source failed; deliveries are tried again by its own means. */
  readonly onSourceError?: (error: unknown) => void;
};

export const SEND_TIMEOUT_MS = 5000;
const SWEEP_MS = 1000;
const MAX_WAITING = 1000;

type Tried = { readonly status: number; readonly excerpt?: string } | { readonly error: string };

/** Takes due deliveries from the source and sends them. */
export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #concurrency: number;
  readonly #perEndpoint: number;
  readonly #sending = new Map<Promise<void>, string>();
  /** Claimed, but their endpoint is busy. */
  #waiting: Delivery[] = [];
  #claiming: Promise<void> | undefined;
  #claimAgain = false;
  #stopWaking: (() => void) | undefined;
  #stopSweep: (() => void) | undefined;
  #isClosed = false;

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#concurrency = options.concurrency ?? 128;
    this.#perEndpoint = options.perEndpoint ?? 4;
  }

  start(): void {
    if (this.#stopWaking !== undefined || this.#isClosed) return;
    this.#stopWaking = this.#options.source.onWake(() => this.#wake());
    this.#sweep();
  }

  /** Tries once what is due now, and resolves when nothing is any more or the time is up. */
  async finish(timeoutMs: number): Promise<void> {
    let stopTimer = () => {};
    const timeUp = new Promise<'late'>((resolve) => {
      stopTimer = this.#options.timers.after(timeoutMs, () => resolve('late'));
    });
    try {
      while ((await Promise.race([this.#step(), timeUp])) === 'busy');
    } finally {
      stopTimer();
    }
  }

  /** Claims nothing more, and waits for the sends under way and their results to be stored. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopWaking?.();
    this.#stopSweep?.();
    await this.#claiming;
    const untried = this.#waiting;
    this.#waiting = [];
    await Promise.all(this.#sending.keys());
    if (untried.length === 0) return;
    await this.#options.source.release(untried).catch((error: unknown) => this.#options.onSourceError?.(error));
  }

  /** Claims, and waits for one of the sends. */
  async #step(): Promise<'busy' | 'quiet'> {
    this.#wake();
    while (this.#claiming !== undefined) await this.#claiming;
    if (this.#sending.size === 0) return 'quiet';
    await Promise.race(this.#sending.keys());
    return 'busy';
  }

  #sweep(): void {
    this.#stopSweep = this.#options.timers.after(SWEEP_MS, () => this.#sweep());
    if (!this.#options.source.isIdle?.()) this.#wake();
  }

  #wake(): void {
    if (this.#isClosed) return;
    if (this.#claiming !== undefined) {
      this.#claimAgain = true;
      return;
    }
    this.#claiming = this.#claim().finally(() => {
      this.#claiming = undefined;
      const again = this.#claimAgain;
      this.#claimAgain = false;
      if (again) this.#wake();
    });
  }

  async #claim(): Promise<void> {
    const free = Math.min(this.#concurrency - this.#sending.size, MAX_WAITING - this.#waiting.length);
    if (free <= 0) return;
    try {
      const claimed = await this.#options.source.claim(free, this.#busyEndpoints());
      this.#waiting.push(...claimed);
      if (claimed.length === free) this.#claimAgain = true;
    } catch (error) {
      this.#options.onSourceError?.(error);
    }
    this.#sendWaiting();
  }

  #sendWaiting(): void {
    if (this.#isClosed) return;
    const busy = new Set(this.#busyEndpoints());
    const stillWaiting: Delivery[] = [];
    for (const delivery of this.#waiting) {
      if (delivery.lost?.aborted) continue;
      const isFull = this.#sending.size >= this.#concurrency || busy.has(delivery.endpointId);
      if (isFull) stillWaiting.push(delivery);
      else {
        this.#begin(delivery);
        if (this.#sendsTo(delivery.endpointId) >= this.#perEndpoint) busy.add(delivery.endpointId);
      }
    }
    this.#waiting = stillWaiting;
  }

  #begin(delivery: Delivery): void {
    const sending = this.#deliver(delivery)
      .catch((error: unknown) => this.#options.onSourceError?.(error))
      .finally(() => {
        this.#sending.delete(sending);
        if (this.#isClosed) return;
        this.#sendWaiting();
        this.#wake();
      });
    this.#sending.set(sending, delivery.endpointId);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { source, nowMs } = this.#options;
    const endpoint = this.#options.endpointOf(delivery);
    const startedAtMs = nowMs();
    if (endpoint === undefined) return this.#giveUp(delivery, 'the endpoint is no longer in the rules');
    const foreign = foreignTo(endpoint, delivery.event);
    if (foreign !== undefined) return this.#giveUp(delivery, foreign);
    const tried = await this.#try(delivery, endpoint);
    const status = 'status' in tried ? { status: tried.status } : {};
    const times = { atMs: startedAtMs, durationMs: nowMs() - startedAtMs };
    const outcome = { ...outcomeOf(delivery), durationMs: times.durationMs, ...status };
    if ('status' in tried && isSuccess(endpoint, tried)) {
      this.#options.onOutcome?.({ ...outcome, result: 'delivered' });
      return source.delivered(delivery, tried.status, times);
    }
    const error = 'error' in tried ? tried.error : refusalText(endpoint, tried);
    const retryAtMs = nextTry(delivery, nowMs(), status.status);
    this.#options.onOutcome?.({ ...outcome, result: retryAtMs === 'dead' ? 'dead' : 'retry', error });
    if (retryAtMs !== 'dead' && retryAtMs - nowMs() <= SWEEP_MS) {
      this.#options.timers.after(retryAtMs - nowMs() + 1, () => this.#wake());
    }
    return source.failed(delivery, { ...status, error, retryAtMs, times });
  }

  async #try(delivery: Delivery, endpoint: Endpoint): Promise<Tried> {
    const abort = new AbortController();
    const stopTimer = this.#options.timers.after(SEND_TIMEOUT_MS, () => abort.abort(new Error('no answer within 5 s')));
    try {
      const { tell } = this.#options;
      if (tell) return await tell(delivery, endpoint, abort.signal);
      const callback = callbackRequest(delivery.event, endpoint, this.#options.nowMs());
      return await this.#options.send(callback, endpoint.setBy, abort.signal);
    } catch (error) {
      return { error: errorText(error) };
    } finally {
      stopTimer();
    }
  }

  #giveUp(delivery: Delivery, error: string): Promise<void> {
    this.#options.onOutcome?.({ ...outcomeOf(delivery), durationMs: 0, result: 'dead', error });
    return this.#options.source.failed(delivery, { error, retryAtMs: 'dead' });
  }

  #busyEndpoints(): string[] {
    const counts = new Map<string, number>();
    for (const endpointId of this.#sending.values()) counts.set(endpointId, (counts.get(endpointId) ?? 0) + 1);
    return [...counts].filter(([, count]) => count >= this.#perEndpoint).map(([endpointId]) => endpointId);
  }

  #sendsTo(endpointId: string): number {
    return [...this.#sending.values()].filter((each) => each === endpointId).length;
  }
}

function outcomeOf({ endpointId, event, attempt }: Delivery) {
  return { endpointId, event: event.kind, app: event.app, stream: event.stream, attempt };
}

/** Code and message; undici's messages name no more than the address and port. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${code}${error.message}`.slice(0, 500);
}
