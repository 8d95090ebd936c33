/** Where a viewer's bytes go: a socket, seen from here. */
export interface ViewerSink {
  write(bytes: Uint8Array): void;
  /** Bytes written that have not left yet. */
  readonly queuedBytes: number;
  /** Called once, after the last write. */
  end(reason: 'STREAM_ENDED' | 'TOO_SLOW'): void;
}

/** What is written to all viewers at once. */
export type Flush = {
  readonly bytes: Uint8Array;
  /** A decoder can begin here. */
  readonly startsGroup: boolean;
  /** Begins with new decoder parameters. */
  readonly hasParameters: boolean;
};

export type FlushLimits = {
  readonly nowMs: number;
  /** A viewer with more than this queued skips to the next key frame. */
  readonly queueBytes: number;
  /** A viewer that skips for longer than this is given up. */
  readonly stallMs: number;
};

/** Counted over all viewers of a feed, those that left included. */
export type FeedTally = {
  /** Bytes handed to sinks. */
  deliveredBytes: number;
  /** How often a viewer had to skip to a key frame. */
  skips: number;
  /** Viewers that were closed because they did not keep up. */
  closedViewers: number;
};

/** One viewer of a feed, and how far behind it is. */
export class FeedViewer {
  readonly sink: ViewerSink;
  readonly #tally: FeedTally;
  /** What the viewer was given at once when it joined, on top of the usual bound until it has caught up. */
  #joinBytes = 0;
  #behindSinceMs: number | undefined;
  #hasHead = false;
  #missesParameters = false;

  constructor(sink: ViewerSink, tally: FeedTally, nowMs: number) {
    this.sink = sink;
    this.#tally = tally;
    this.#behindSinceMs = nowMs;
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
    const queued = this.sink.queuedBytes;
    if (queued <= limits.queueBytes) this.#joinBytes = 0;
    if (this.#behindSinceMs === undefined && queued > limits.queueBytes + this.#joinBytes) {
      this.#behindSinceMs = limits.nowMs;
      this.#tally.skips++;
    }
    if (this.#behindSinceMs !== undefined) {
      if (!flush.startsGroup || queued > limits.queueBytes / 2) return this.#leaveOut(flush, queued, limits);
      this.#behindSinceMs = undefined;
    }
    this.#writeHead(head);
    if (this.#missesParameters && !flush.hasParameters) this.#write(parameters);
    this.#missesParameters = false;
    this.#write(flush.bytes);
    return true;
  }

  #leaveOut({ hasParameters }: Flush, queued: number, { nowMs, stallMs }: FlushLimits): boolean {
    if (hasParameters) this.#missesParameters = true;
    const isGivenUp = queued > 0 && nowMs - (this.#behindSinceMs ?? nowMs) > stallMs;
    return !isGivenUp;
  }

  #writeHead(head: Uint8Array): void {
    if (this.#hasHead || head.length === 0) return;
    this.#hasHead = true;
    this.#give(head);
  }

  #give(bytes: Uint8Array): void {
    this.#write(bytes);
    this.#joinBytes += bytes.length;
  }

  #write(bytes: Uint8Array): void {
    this.sink.write(bytes);
    this.#tally.deliveredBytes += bytes.length;
  }
}
