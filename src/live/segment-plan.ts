import { FramePace } from './frame-pace.ts';
import { isRandomAccess, type Position, type UnplacedPacket } from './packet.ts';
import type { TrackSet } from './track.ts';

export type SegmentPlanOptions = {
  readonly firstSegment: number;
  readonly segmentMs: number;
  readonly partMs: number;
  /** A segment is cut after this even without a key frame. */
  readonly longestSegmentMs: number;
  /** What was published under the name before, elsewhere: the first segment is a discontinuity behind it. */
  readonly after?: { readonly segment: number; readonly discontinuities: number } | undefined;
  /** Of what was published under the name before and has ended, the new beginning counted; 0 where it is left out. */
  readonly discontinuities?: number;
};

const SHORTEST_SEGMENT_MS = 1000;
/** Nothing of any track for longer than this, and than so many frames, is a hole. */
const HOLE_MS = 500;
const HOLE_FRAMES = 4;

/**
 * Numbers segments and parts as packets are published, whether or not anyone packages.
 *
 *     segment 40                        segment 41
 *     K . . . . . . . . | . . . . . . . K . . .      K: key frame
 *     part 0            | part 1        part 0
 *
 * The video track, or audio where there is none, decides; other packets fall where they arrive. A key frame behind a hole
 * begins a discontinuity: a segment or part as long as the hole would keep players that much behind for good.
 */
export class SegmentPlan {
  readonly #options: SegmentPlanOptions;
  readonly #pace: FramePace;
  #segment: number;
  #part = 0;
  #discontinuities = 0;
  #segmentStartMs = 0;
  #tracks: TrackSet = {};
  /** The position that all packets of a part share, but those that start it. */
  #within: Position | undefined;
  #isStarted = false;
  #isBreakPending = false;
  #newestDtsMs = 0;
  #isBehindHole = false;

  constructor(options: SegmentPlanOptions) {
    this.#options = options;
    this.#pace = new FramePace(options.partMs);
    this.#segment = options.after?.segment ?? options.firstSegment;
    this.#discontinuities = options.after?.discontinuities ?? options.discontinuities ?? 0;
    this.#isStarted = options.after !== undefined;
  }

  /** The number of the segment being filled. */
  get segment(): number {
    return this.#segment;
  }

  /** Time between the last two key frames; 0 until there were two. */
  get keyIntervalMs(): number {
    return this.#pace.keyIntervalMs;
  }

  /** The next leading packet starts a segment that is a discontinuity. */
  break(): void {
    if (this.#isStarted) this.#isBreakPending = true;
  }

  /** @param tracks the stream's tracks from this packet on */
  place(packet: UnplacedPacket, tracks: TrackSet): Position {
    if (this.#isHole(packet.dtsMs)) this.#isBehindHole = true;
    this.#newestDtsMs = Math.max(this.#newestDtsMs, packet.dtsMs);
    if (packet.kind !== (tracks.video ? 'video' : 'audio')) return this.#withinPart();
    const changed = this.#isStarted && (tracks.video !== this.#tracks.video || tracks.audio !== this.#tracks.audio);
    const isBreak = this.#isBreakPending || this.#isBehindHole || changed;
    const isDiscontinuity = isBreak && isRandomAccess(packet);
    this.#isBehindHole = false;
    const startsSegment = !this.#isStarted || isDiscontinuity || this.#isSegmentDue(packet);
    const startsPart = startsSegment || this.#pace.isPartDue(packet.dtsMs);
    if (isDiscontinuity) this.#discontinuities++;
    if (startsSegment) this.#startSegment(packet.dtsMs, tracks, isDiscontinuity);
    else if (startsPart) this.#part++;
    if (startsPart) this.#pace.startPart(packet.dtsMs);
    this.#pace.frame(packet, isDiscontinuity);
    if (!startsPart) return this.#withinPart();
    this.#within = undefined;
    return this.#here(startsSegment, startsPart, isDiscontinuity);
  }

  #isHole(dtsMs: number): boolean {
    const stepMs = dtsMs - this.#newestDtsMs;
    const { frameMs } = this.#pace;
    return frameMs > 0 && stepMs > HOLE_MS && stepMs > frameMs * HOLE_FRAMES;
  }

  #isSegmentDue(packet: UnplacedPacket): boolean {
    const elapsedMs = packet.dtsMs - this.#segmentStartMs;
    if (elapsedMs >= this.#options.longestSegmentMs) return true;
    if (packet.kind === 'audio') return elapsedMs >= this.#options.segmentMs;
    if (packet.kind !== 'video' || !packet.isKeyFrame) return false;
    const nearestMs = this.#options.segmentMs - (packet.dtsMs - (this.#pace.lastKeyDtsMs ?? packet.dtsMs)) / 2;
    return elapsedMs >= Math.max(SHORTEST_SEGMENT_MS, nearestMs);
  }

  #startSegment(dtsMs: number, tracks: TrackSet, isDiscontinuity: boolean): void {
    this.#pace.startSegment(dtsMs, isDiscontinuity);
    if (this.#isStarted) this.#segment++;
    this.#isStarted = true;
    this.#isBreakPending = false;
    this.#tracks = tracks;
    this.#segmentStartMs = dtsMs;
    this.#part = 0;
  }

  #withinPart(): Position {
    this.#within ??= this.#here(false, false, false);
    return this.#within;
  }

  #here(startsSegment: boolean, startsPart: boolean, isDiscontinuity: boolean): Position {
    return {
      segment: this.#segment,
      part: this.#part,
      startsSegment,
      startsPart,
      isDiscontinuity,
      discontinuities: this.#discontinuities,
      tracks: this.#tracks,
    };
  }
}
