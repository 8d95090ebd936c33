import type { AudioTrack, TrackSet, VideoTrack } from './track.ts';

type Timed = {
  /** Decoding time in stream time, a safe integer: never goes back within pictures, nor within sound. */
  readonly dtsMs: number;
  /** Wall clock at ingest, for people; not for ordering. */
  readonly wallMs: number;
  /** The payload. Owned by the packet, never written to after `publish`. */
  readonly data: Uint8Array;
};

export type VideoPacket = Timed & {
  readonly kind: 'video';
  readonly track: VideoTrack;
  /** dts in the track's timescale. */
  readonly mediaTime: number;
  /** pts - dts, may be negative. */
  readonly compositionMs: number;
  readonly isKeyFrame: boolean;
};

export type AudioPacket = Timed & {
  readonly kind: 'audio';
  readonly track: AudioTrack;
  /** pts in the track's timescale, exact to the sample while the encoder's clock is. */
  readonly mediaTime: number;
  /** In the track's timescale. */
  readonly durationTicks: number;
};

/** A script message, e.g. a cue point, in the encoder's own encoding. */
export type DataPacket = Timed & { readonly kind: 'data' };

export type UnplacedPacket = VideoPacket | AudioPacket | DataPacket;

/** Where a packet lies in the stream's segment plan. */
export type Position = {
  /** Media sequence number. */
  readonly segment: number;
  /** Index within the segment. */
  readonly part: number;
  readonly startsSegment: boolean;
  readonly startsPart: boolean;
  /** The segment's parameters or time base differ from those of the segment before. */
  readonly isDiscontinuity: boolean;
  /** How many segments of the stream were discontinuities so far, this one counted. */
  readonly discontinuities: number;
  /** The tracks of the whole segment. */
  readonly tracks: TrackSet;
};

export type Packet = UnplacedPacket & { readonly position: Position };

/** Member by member, because it runs per packet, and copying whatever members there are takes several times as long. */
export function placed(packet: UnplacedPacket, position: Position): Packet {
  const { kind, dtsMs, wallMs, data } = packet;
  if (kind === 'data') return { kind, dtsMs, wallMs, data, position };
  const { mediaTime } = packet;
  if (kind === 'audio') {
    const { track, durationTicks } = packet;
    return { kind, track, mediaTime, durationTicks, dtsMs, wallMs, data, position };
  }
  const { track, compositionMs, isKeyFrame } = packet;
  return { kind, track, mediaTime, compositionMs, isKeyFrame, dtsMs, wallMs, data, position };
}

export function isKeyFrame(packet: UnplacedPacket): boolean {
  return packet.kind === 'video' && packet.isKeyFrame;
}

/** Whether a decoder can begin here: at a key frame, or at any audio packet. */
export function isRandomAccess(packet: UnplacedPacket): boolean {
  return packet.kind === 'audio' || isKeyFrame(packet);
}

/** Whether a newcomer may begin here: at a key frame; in a stream without video, at the start of a segment. */
export function startsGroup(packet: Packet, hasVideo: boolean): boolean {
  return hasVideo ? isKeyFrame(packet) : packet.position.startsSegment;
}
