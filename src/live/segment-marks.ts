import { isKeyFrame, type Packet } from './packet.ts';
import type { TrackSet } from './track.ts';

/** Where a stream's plan starts a segment, told by presentation time, so that renditions can cut at the same picture. */
export type SegmentMark = {
  readonly ptsMs: number;
  /** Wall clock at ingest of the segment's first packet. */
  readonly wallMs: number;
  readonly segment: number;
  readonly discontinuities: number;
  /** The segment was cut without a key frame. */
  readonly isForced: boolean;
  readonly tracks: TrackSet;
};

/** More than any reader is behind, even with segments of a second. */
const KEPT_MARKS = 120;

/** The latest starts of segments of one stream. */
export class SegmentMarks {
  readonly #marks: SegmentMark[] = [];

  packet(packet: Packet): void {
    if (!packet.position.startsSegment) return;
    const { segment, discontinuities, tracks } = packet.position;
    const ptsMs = presentationMs(packet);
    this.#marks.push({
      ptsMs,
      wallMs: packet.wallMs,
      segment,
      discontinuities,
      tracks,
      isForced: packet.kind === 'video' && !isKeyFrame(packet),
    });
    if (this.#marks.length > KEPT_MARKS) this.#marks.shift();
  }

  /** The mark of the segment that a picture belongs to; the oldest one for pictures from before it. */
  at(ptsMs: number): SegmentMark | undefined {
    return this.#marks.findLast((mark) => mark.ptsMs <= ptsMs) ?? this.#marks[0];
  }
}

export function presentationMs(packet: { readonly dtsMs: number; readonly compositionMs?: number }): number {
  return packet.dtsMs + (packet.compositionMs ?? 0);
}
