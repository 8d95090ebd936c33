import { FramePace } from './frame-pace.ts';
import { isRandomAccess, type Position, type UnplacedPacket } from './packet.ts';
import { presentationMs, type SegmentMark, type SegmentMarks } from './segment-marks.ts';
import type { TrackSet } from './track.ts';

/**
 * The plan of a rendition: segments and their numbers are those of its parent, matched by presentation time, parts are
 * its own. Numbers that the rendition has no pictures for are left out.
 *
 *     parent     K 40 . . . . . . K 41 . . . . .     K: key frame, with B-frames shown later than sent
 *     rendition    K 40 . . . . . . K 41 . . . . .
 */
export class RenditionPlan {
  readonly #marks: SegmentMarks;
  readonly #pace: FramePace;
  #mark: Pick<SegmentMark, 'segment' | 'discontinuities'> | undefined;
  #tracks: TrackSet = {};
  #part = 0;
  #within: Position | undefined;

  /** @param after what was made of it elsewhere */
  constructor(marks: SegmentMarks, partMs: number, after?: Position) {
    this.#marks = marks;
    this.#mark = after;
    this.#pace = new FramePace(partMs);
  }

  /** The number of the segment being filled; 0 before the first. */
  get segment(): number {
    return this.#mark?.segment ?? 0;
  }

  get keyIntervalMs(): number {
    return this.#pace.keyIntervalMs;
  }

  /** Its parent says what is a discontinuity. */
  break(): void {}

  place(packet: UnplacedPacket, tracks: TrackSet): Position {
    if (packet.kind !== (tracks.video ? 'video' : 'audio')) return this.#withinPart();
    const last = this.#mark;
    const mark = this.#dueMark(packet);
    const startsPart = mark !== undefined || this.#pace.isPartDue(packet.dtsMs);
    const isDiscontinuity = mark !== undefined && last !== undefined && last.discontinuities !== mark.discontinuities;
    if (mark) {
      this.#pace.startSegment(packet.dtsMs, isDiscontinuity);
      this.#startSegment(mark, tracks);
    } else if (startsPart) this.#part++;
    if (startsPart) this.#pace.startPart(packet.dtsMs);
    this.#pace.frame(packet);
    if (!startsPart) return this.#withinPart();
    this.#within = undefined;
    return this.#here(mark !== undefined, true, isDiscontinuity);
  }

  #dueMark(packet: UnplacedPacket): SegmentMark | undefined {
    const mark = this.#marks.at(presentationMs(packet));
    if (!mark || (this.#mark && mark.segment <= this.#mark.segment)) return undefined;
    return isRandomAccess(packet) || (mark.isForced && this.#mark) ? mark : undefined;
  }

  #startSegment(mark: SegmentMark, tracks: TrackSet): void {
    this.#mark = mark;
    this.#tracks = tracks;
    this.#part = 0;
  }

  #withinPart(): Position {
    this.#within ??= this.#here(false, false, false);
    return this.#within;
  }

  #here(startsSegment: boolean, startsPart: boolean, isDiscontinuity: boolean): Position {
    return {
      segment: this.segment,
      part: this.#part,
      startsSegment,
      startsPart,
      isDiscontinuity,
      discontinuities: this.#mark?.discontinuities ?? 0,
      tracks: this.#tracks,
    };
  }
}
