import type { UnplacedPacket } from './packet.ts';

/** RFC 8216bis, 4.4.4.9: no part but the last of a segment is shorter than this much of the longest. */
const LEAST_OF_LONGEST = 0.85;
/** Of times in whole ms. */
const ROUNDING_MS = 1;

/** The pace of the leading track's frames: where a part must end, and how far key frames are apart. */
export class FramePace {
  readonly #partMs: number;
  #partStartMs = 0;
  #segmentStartMs = 0;
  /** Of the segment so far. */
  #frames = 0;
  #parts = 0;
  #framesBefore = 0;
  /** How segments like those before are divided into parts of even length; 0 where they cannot be. */
  #evenParts = 0;
  #evenFrames = 0;
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

  /**
   * A frame lasts as long as the longer of the two before it: with times in whole ms, a part may be 1 ms too long. Parts
   * are evened out: hls.js takes a segment for loaded when 0.2 s of it are missing, and may not load a last part as short
   * as that for seconds.
   */
  isPartDue(dtsMs: number): boolean {
    const frameMs = Math.max(dtsMs - this.#lastDtsMs, this.#frameMs);
    const longestMs = this.#partMs + (this.#evenParts > 0 ? ROUNDING_MS : 0);
    if (dtsMs + frameMs - this.#partStartMs > longestMs) return true;
    return this.#parts < this.#evenParts && this.#frames >= Math.round(this.#parts * this.#evenFrames);
  }

  /** To be called before its first part starts. */
  startSegment(dtsMs: number, isDiscontinuity: boolean): void {
    if (!isDiscontinuity && this.#frames > 0) this.#divide(dtsMs - this.#segmentStartMs);
    this.#segmentStartMs = dtsMs;
    this.#frames = 0;
    this.#parts = 0;
  }

  startPart(dtsMs: number): void {
    this.#partStartMs = dtsMs;
    this.#parts++;
  }

  /** To be told of every frame, after it was asked about it. What is before a discontinuity is not measured from. */
  frame(packet: UnplacedPacket, isDiscontinuity = false): void {
    const { dtsMs } = packet;
    this.#frames++;
    this.#frameMs = isDiscontinuity ? 0 : dtsMs - this.#lastDtsMs;
    this.#lastDtsMs = dtsMs;
    if (packet.kind !== 'video' || !packet.isKeyFrame) return;
    if (this.#lastKeyDtsMs !== undefined && !isDiscontinuity) this.#keyIntervalMs = dtsMs - this.#lastKeyDtsMs;
    this.#lastKeyDtsMs = dtsMs;
  }

  /** Key frames that are as far apart by the clock may be one frame further apart each few times. */
  #divide(segmentMs: number): void {
    const frames = Math.max(this.#frames, this.#framesBefore);
    const mostFrames = Math.floor(((this.#partMs + ROUNDING_MS) * this.#frames) / segmentMs);
    this.#framesBefore = this.#frames;
    this.#evenParts = Math.ceil(frames / Math.max(1, mostFrames));
    this.#evenFrames = frames / this.#evenParts;
    if (Math.floor(this.#evenFrames) < mostFrames * LEAST_OF_LONGEST) this.#evenParts = 0;
  }
}
