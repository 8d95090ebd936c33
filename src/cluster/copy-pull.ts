import type { Duplex } from 'node:stream';
import type { Clock, GopCacheLimits, Registry, StreamId } from '../live/index.ts';
import type { Answered, Asking } from './ask-for-stream.ts';
import { CopiedStream, RefusedCopyError } from './copied-stream.ts';
import { receiveStream } from './stream-receiver.ts';
import { encodeFrame } from './wire/index.ts';

export type CopyPullOptions = {
  readonly id: StreamId;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly cache: GopCacheLimits;
  readonly open: (signal: AbortSignal, asking: Asking) => Promise<Answered>;
  /** How long viewers wait for an owner that is gone. */
  readonly waitMs: number;
  /** A rendition's parent must be copied first: says whether it is being fetched. */
  readonly wantParent: (parent: StreamId) => boolean;
  /** Whether anybody watches it here from the start. */
  readonly isWatched: boolean;
  /** It is done with; called once. */
  readonly onOver: () => void;
  readonly onReceived?: (bytes: number) => void;
  readonly onTrouble?: (id: StreamId, trouble: string) => void;
};

/** A connection that is gone for less is nothing that viewers need to know of. */
const GRACE_MS = 2000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
const PARENT_WAIT_MS = 15_000;
/** Whoever waited for the stream has begun to package it by then. */
const PACKAGED_MS = 3000;
/** How long a publisher waits for what was published before elsewhere, and for its end where that was copied already. */
const CATCH_UP_MS = 1000;
const END_COMES_MS = 200;

/** Keeps one copy fed: asks for the stream, and asks again while it cannot be had and viewers wait for it. */
export class CopyPull {
  readonly id: StreamId;
  readonly copied: CopiedStream;
  readonly #options: CopyPullOptions;
  readonly #closing = new AbortController();
  #attempt = new AbortController();
  #pauseMs = 0;
  #lostMs: number | undefined;
  #cancelGrace: () => void = () => {};
  #cancelRelease: () => void = () => {};
  #endPause: () => void = () => {};
  readonly #settling = new Set<() => void>();
  #isReceiving = false;
  #isTaken = false;
  #isWatched: boolean;
  #socket: Duplex | undefined;

  constructor(options: CopyPullOptions) {
    this.#options = options;
    const { id, registry, cache } = options;
    this.id = id;
    this.#isWatched = options.isWatched;
    const onTaken = () => this.#taken();
    this.copied = new CopiedStream({ id, registry, cache, onTaken, onCaughtUp: () => this.#caughtUp() });
    void this.#run().finally(() => this.#over());
  }

  /** Whether packets come in, or could. */
  get isReceiving(): boolean {
    return this.#isReceiving;
  }

  /** Its owner is told whether anybody watches it here: what runs for viewers only runs for these, too. */
  watched(is: boolean): void {
    if (is === this.#isWatched) return;
    this.#isWatched = is;
    this.#tellWatched();
  }

  /** The stream may be had elsewhere by now. */
  retryNow(): void {
    this.#pauseMs = 0;
    this.#attempt.abort();
    this.#endPause();
  }

  /** Has all that was published before somebody publishes it here, as far as that can be had at once. */
  whenSettled(): Promise<void> {
    if (this.#lostMs !== undefined || this.copied.stream?.state === 'waiting') return Promise.resolve();
    return new Promise((resolve) => {
      const settle = () => {
        cancel();
        this.#settling.delete(settle);
        resolve();
      };
      const cancel = this.#options.clock.after(this.copied.isCaughtUp ? END_COMES_MS : CATCH_UP_MS, settle);
      this.#settling.add(settle);
    });
  }

  close(): void {
    this.#closing.abort();
    this.retryNow();
  }

  async #run(): Promise<void> {
    while (!this.#isDone()) {
      this.#attempt = new AbortController();
      const isUnwatched = !this.#isWatched;
      const went = await this.#try(this.#attempt.signal, isUnwatched);
      if (this.#isDone()) return;
      // Somebody came meanwhile, for whom it may be started.
      if (went === 'absent' && isUnwatched && this.#isWatched) continue;
      if (went === 'absent' && !this.copied.stream) return;
      this.#lost();
      if (this.#isWaitedOut()) {
        this.copied.end(true);
        return;
      }
      await this.#pause();
    }
  }

  /** Lasts for as long as the stream comes. */
  async #try(signal: AbortSignal, isUnwatched: boolean): Promise<'absent' | 'lost'> {
    try {
      const answered = await this.#options.open(signal, { isFirst: this.copied.stream === undefined, isUnwatched });
      if (answered.kind === 'refused') this.#trouble(refusal(answered.status));
      if (answered.kind !== 'stream') return 'absent';
      this.#socket = answered.socket;
      if (isUnwatched === this.#isWatched) this.#tellWatched();
      await this.#receive(answered.socket, answered.head, signal);
      return this.copied.stream || signal.aborted ? 'lost' : 'absent';
    } catch (error) {
      // The viewers of an owner that is gone come here, and wait as those do who were here before.
      if (!signal.aborted) this.#trouble(error instanceof Error ? error.message : String(error));
      return 'lost';
    }
  }

  async #receive(socket: Parameters<typeof receiveStream>[0]['socket'], head: Uint8Array, signal: AbortSignal) {
    const { clock } = this.#options;
    const sinceMs = clock.nowMs();
    this.#isReceiving = true;
    const onReceived = (bytes: number) => {
      this.#found();
      this.#options.onReceived?.(bytes);
    };
    const reason = await receiveStream({ ...{ socket, head, copied: this.copied, clock, signal, onReceived } });
    this.#isReceiving = false;
    this.#socket = undefined;
    if (clock.nowMs() - sinceMs > LONGEST_PAUSE_MS) this.#pauseMs = 0;
    if (reason instanceof RefusedCopyError && reason.code === 'NO_PARENT') await this.#awaitParent(reason.parent ?? '');
    else if (reason) this.#trouble(reason.message);
  }

  async #awaitParent(name: string): Promise<void> {
    const { registry, wantParent } = this.#options;
    const parent = { ...this.id, name };
    if (!wantParent(parent)) return;
    const stream = await registry.whenLive(parent, PARENT_WAIT_MS, this.#closing.signal);
    if (stream) this.retryNow();
  }

  #tellWatched(): void {
    const socket = this.#socket;
    if (!socket?.writable) return;
    for (const piece of encodeFrame({ kind: this.#isWatched ? 'watched' : 'unwatched' })) socket.write(piece);
  }

  #found(): void {
    this.#lostMs = undefined;
    this.#cancelGrace();
  }

  #lost(): void {
    this.#settle();
    if (this.#lostMs !== undefined) return;
    const { clock } = this.#options;
    this.#lostMs = clock.nowMs();
    this.#cancelGrace = clock.after(GRACE_MS, () => this.copied.stream && this.copied.interrupt());
  }

  #isWaitedOut(): boolean {
    const { clock, waitMs } = this.#options;
    return this.#lostMs !== undefined && clock.nowMs() - this.#lostMs >= Math.max(waitMs, GRACE_MS);
  }

  #isDone(): boolean {
    return this.#closing.signal.aborted || this.#isTaken || this.copied.isOver;
  }

  #taken(): void {
    this.#isTaken = true;
    this.close();
  }

  #caughtUp(): void {
    this.#settle();
    this.#cancelRelease();
    this.#cancelRelease = this.#options.clock.after(PACKAGED_MS, () => this.copied.stream?.cache.release());
  }

  #settle(): void {
    for (const settle of [...this.#settling]) settle();
  }

  #over(): void {
    this.#cancelGrace();
    this.#cancelRelease();
    this.copied.stream?.cache.release();
    this.#settle();
    if (!this.#isTaken) this.copied.end(false);
    this.#options.onOver();
  }

  #pause(): Promise<void> {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2));
    if (pauseMs === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(pauseMs, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  #trouble(trouble: string): void {
    this.#options.onTrouble?.(this.id, trouble);
  }
}

/** What a status of the owner's door says of this node. */
function refusal(status: number): string {
  if (status === 401) return 'the answer was 401: the cluster.token there is another one';
  if (status === 403)
    return 'the answer was 403: the certificate of this node is not signed by the cluster.tls.caFile there';
  return `the answer was ${status}`;
}
