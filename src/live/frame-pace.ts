import type { UnplacedPacket } from './packet.ts';

/** The pace of the leading track's frames: where a part must end, and how far key frames are apart. */
export class FramePace {
  readonly #partMs: number;
  #partStartMs = 0;
  #lastDtsMs = 0;
  #frameMs = 0;
  #keyIntervalMs = 0;
  #lastKeyDtsMs: number | undefined;

  /** @param partMs the longest that a part may be */
  constructor(partMs: number) {
    this.#partMs = partMs;
  }

  /** Time between the last two key frames; 0 until there were two. */
  get keyIntervalMs(): number {
    return this.#keyIntervalMs;
  }

  /** Between the last two frames; 0 behind a discontinuity. */
  get frameMs(): number {
    return this.#frameMs;
  }

  /** Decode time of the last key frame. */
  get lastKeyDtsMs(): number | undefined {
    return this.#lastKeyDtsMs;
  }

  /** A frame lasts as long as the longer of the two before it: with times in whole ms, a part may be 1 ms too long. */
  isPartDue(dtsMs: number): boolean {
    const frameMs = dtsMs - this.#lastDtsMs;
    return dtsMs + Math.max(frameMs, this.#frameMs) - this.#partStartMs > this.#partMs;
  }

  startPart(dtsMs: number): void {
    this.#partStartMs = dtsMs;
  }

  /** To be told of every frame, after it was asked about it. What is before a discontinuity is not measured from. */
  frame(packet: UnplacedPacket, isDiscontinuity = false): void {
    const { dtsMs } = packet;
    this.#frameMs = isDiscontinuity ? 0 : dtsMs - this.#lastDtsMs;
    this.#lastDtsMs = dtsMs;
    if (packet.kind !== 'video' || !packet.isKeyFrame) return;
    if (this.#lastKeyDtsMs !== undefined && !isDiscontinuity) this.#keyIntervalMs = dtsMs - this.#lastKeyDtsMs;
    this.#lastKeyDtsMs = dtsMs;
  }
}
