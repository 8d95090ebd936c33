/** Where a viewer's bytes go: a socket, seen from here. */
export interface ViewerSink {
  write(bytes: Uint8Array): void;
  /** Bytes written that have not left yet. */
  readonly queuedBytes: number;
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
  /** How often the viewer had to skip to a key frame. */
  skips = 0;
  /** What the viewer was given at once when it joined, on top of the usual bound until it has caught up. */
  #joinBytes: number;
  #behindSinceMs: number | undefined;

  constructor(sink: ViewerSink, joinBytes: number, isWaitingForKeyFrame: boolean, nowMs: number) {
    this.sink = sink;
    this.#joinBytes = joinBytes;
    this.#behindSinceMs = isWaitingForKeyFrame ? nowMs : undefined;
  }

  /** Gives the viewer a flush, or leaves it out while it is behind. Says whether the viewer is to be kept. */
  offer(bytes: Uint8Array, startsGroup: boolean, limits: FlushLimits): boolean {
    const queued = this.sink.queuedBytes;
    if (queued <= limits.queueBytes) this.#joinBytes = 0;
    if (this.#behindSinceMs === undefined) {
      if (queued > limits.queueBytes + this.#joinBytes) return this.#fallBehind(limits.nowMs);
    } else {
      if (!startsGroup || queued > limits.queueBytes / 2) return !this.#isGivenUp(queued, limits);
      this.#behindSinceMs = undefined;
    }
    this.sink.write(bytes);
    return true;
  }

  #fallBehind(nowMs: number): boolean {
    this.#behindSinceMs = nowMs;
    this.skips++;
    return true;
  }

  #isGivenUp(queued: number, limits: FlushLimits): boolean {
    return queued > 0 && limits.nowMs - (this.#behindSinceMs ?? limits.nowMs) > limits.stallMs;
  }
}
