import type { FeedLedger, Party, Sent } from './feed-ledger.ts';
import type { Flush } from './gathering.ts';

/** Where a viewer's bytes go: a socket, seen from here. */
export interface ViewerOutlet {
  write(bytes: Uint8Array): unknown;
  /** Bytes written that have not left yet. */
  readonly writableLength: number;
}

export interface ViewerSink {
  /** Written to directly: with a thousand viewers, what lies between costs as much as the rest of a feed. */
  readonly outlet: ViewerOutlet;
  /** Counts what this viewer is given, perhaps together with others. */
  readonly sent?: Sent;
  /** Called once, after the last write. */
  end(reason: 'STREAM_ENDED' | 'TOO_SLOW'): void;
}

export type FlushLimits = {
  readonly nowMs: number;
  /** A viewer with more than this queued skips to the next key frame. */
  readonly queueBytes: number;
  /** A viewer that skips for longer than this is given up. */
  readonly stallMs: number;
};

/** One viewer of a feed, and how far behind it is. */
export class FeedViewer {
  readonly sink: ViewerSink;
  readonly #outlet: ViewerOutlet;
  readonly #ledger: FeedLedger;
  readonly #party: Party;
  /** What it was given on its own, and by the flushes of the times in which it was steady. */
  #countedBytes = 0;
  /** The ledger's count when it became steady. */
  #steadySinceBytes = 0;
  /** Has had all that it needs, and nothing more than the usual bound is allowed to wait for it. */
  #isSteady = false;
  /** What the viewer was given at once when it joined, on top of the usual bound until it has caught up. */
  #joinBytes = 0;
  #behindSinceMs: number | undefined;
  #hasHead = false;
  #missesParameters = false;

  constructor(sink: ViewerSink, ledger: FeedLedger, nowMs: number) {
    this.sink = sink;
    this.#outlet = sink.outlet;
    this.#ledger = ledger;
    this.#party = ledger.enter(sink.sent);
    this.#behindSinceMs = nowMs;
  }

  /** All that it was given. */
  get bytes(): number {
    return this.#countedBytes + (this.#isSteady ? this.#ledger.flushedBytes - this.#steadySinceBytes : 0);
  }

  /** It is given nothing more; to be called once. */
  leave(): void {
    this.#endSteadiness(0);
    this.#ledger.leave(this.#party);
  }

  /** What the viewer begins with: the head and the flushes since the last key frame, as far as there are any. */
  join(start: Uint8Array, hasHead: boolean, hasGroup: boolean): void {
    this.#hasHead = hasHead;
    if (hasGroup) this.#behindSinceMs = undefined;
    if (start.length > 0) this.#give(start);
  }

  /**
   * Gives the viewer a flush, or leaves it out while it is behind. Says whether the viewer is to be kept.
   *
   * @param head what comes before all else, for a viewer that joined before there was one
   * @param parameters the current decoder parameters, for a viewer that was left out when they changed
   */
  offer(flush: Flush, head: Uint8Array, parameters: Uint8Array, limits: FlushLimits): boolean {
    const queued = this.#outlet.writableLength;
    if (this.#isSteady && queued <= limits.queueBytes) {
      this.#outlet.write(flush.bytes);
      return true;
    }
    this.#endSteadiness(flush.bytes.length);
    return this.#offerUnsteady(queued, flush, head, parameters, limits);
  }

  #offerUnsteady(queued: number, flush: Flush, head: Uint8Array, parameters: Uint8Array, limits: FlushLimits): boolean {
    if (queued <= limits.queueBytes) this.#joinBytes = 0;
    if (this.#behindSinceMs === undefined && queued > limits.queueBytes + this.#joinBytes) {
      this.#behindSinceMs = limits.nowMs;
      this.#ledger.skipped();
    }
    if (this.#behindSinceMs === undefined) this.#write(flush.bytes);
    else if (flush.entry && queued <= limits.queueBytes / 2) this.#enter(flush.entry, head, parameters);
    else return this.#leaveOut(flush, queued, limits);
    if (this.#joinBytes === 0) this.#beginSteadiness();
    return true;
  }

  #beginSteadiness(): void {
    this.#isSteady = true;
    this.#party.steady++;
    this.#steadySinceBytes = this.#ledger.flushedBytes;
  }

  /** @param flushBytes of the flush that is given out, and counted for whoever is steady */
  #endSteadiness(flushBytes: number): void {
    if (!this.#isSteady) return;
    this.#countedBytes = this.bytes - flushBytes;
    this.#isSteady = false;
    this.#party.steady--;
    this.#ledger.count(this.#party, -flushBytes);
  }

  #enter(entry: NonNullable<Flush['entry']>, head: Uint8Array, parameters: Uint8Array): void {
    this.#behindSinceMs = undefined;
    if (!this.#hasHead && head.length > 0) {
      this.#hasHead = true;
      this.#give(head);
    } else if (this.#missesParameters && !entry.hasParameters) this.#write(parameters);
    this.#missesParameters = false;
    this.#write(entry.bytes);
  }

  #leaveOut({ hasParameters }: Flush, queued: number, { nowMs, stallMs }: FlushLimits): boolean {
    if (hasParameters) this.#missesParameters = true;
    const isGivenUp = queued > 0 && nowMs - (this.#behindSinceMs ?? nowMs) > stallMs;
    return !isGivenUp;
  }

  #give(bytes: Uint8Array): void {
    this.#write(bytes);
    this.#joinBytes += bytes.length;
  }

  #write(bytes: Uint8Array): void {
    this.#outlet.write(bytes);
    this.#countedBytes += bytes.length;
    this.#ledger.count(this.#party, bytes.length);
  }
}
