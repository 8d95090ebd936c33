import type { AudioPacket, TrackSet, VideoPacket } from '../live/index.ts';

export type MediaPacket = VideoPacket | AudioPacket;

/** A part that is whole. */
export type Part = {
  readonly index: number;
  readonly packets: readonly MediaPacket[];
  readonly startDtsMs: number;
  readonly durationMs: number;
  /** Starts with a key frame. */
  readonly isIndependent: boolean;
};

/** A segment of the stream's plan, being filled or whole. */
export type Segment = {
  readonly number: number;
  readonly tracks: TrackSet;
  readonly isDiscontinuity: boolean;
  /** Discontinuities of the stream so far, this one counted. */
  readonly discontinuities: number;
  /** Wall clock of its first packet, for EXT-X-PROGRAM-DATE-TIME. */
  readonly wallMs: number;
  readonly startDtsMs: number;
  readonly parts: Part[];
  /** The sum of its parts' so far. */
  durationMs: number;
  /** Of its packets' payloads. */
  sizeBytes: number;
  /** Of what was made of it and is kept with it: parts, and segments in either container. */
  madeBytes: number;
  isWhole: boolean;
  /** Its end never came: playlists list it as a gap, and nothing of it is given out but the parts that had come whole. */
  isGap?: boolean;
  wholeParts?: number;
};
