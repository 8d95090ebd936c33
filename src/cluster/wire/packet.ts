import { ByteReader, ByteWriter, MalformedError } from '../../protocol/bytes/index.ts';
import { readNumber } from './text.ts';

/** A packet as it crosses the wire: its tracks are numbers of sets that were told before. */
export type PacketFrame = {
  readonly kind: 'packet';
  readonly media: 'video' | 'audio' | 'data';
  readonly isKeyFrame: boolean;
  readonly startsSegment: boolean;
  readonly startsPart: boolean;
  readonly isDiscontinuity: boolean;
  /** The set of the packet's segment, and the set that its own track is in. */
  readonly segmentTracks: number;
  readonly ownTracks: number;
  readonly segment: number;
  readonly part: number;
  readonly discontinuities: number;
  readonly dtsMs: number;
  readonly wallMs: number;
  readonly mediaTime: number;
  /** `compositionMs` of video, `durationTicks` of audio. */
  readonly extra: number;
  readonly data: Uint8Array;
};

export const PACKET_HEAD_BYTES = 57;

const MEDIA: readonly PacketFrame['media'][] = ['video', 'audio', 'data'];
const MEDIA_BITS = 3;
const IS_KEY_FRAME = 4;
const STARTS_SEGMENT = 8;
const STARTS_PART = 16;
const IS_DISCONTINUITY = 32;
const ALL_FLAGS = 63;

/**
 * What comes before the payload, which is written as it is and not copied.
 *
 *     flags u8 | segmentTracks u16 | ownTracks u16 | segment u64 | part u32 | discontinuities u32 |
 *     dtsMs u64 | wallMs f64 | mediaTime f64 | extra f64 | data...
 */
export function encodePacketHead(frame: Omit<PacketFrame, 'data' | 'kind'>): Uint8Array {
  const flags =
    MEDIA.indexOf(frame.media) |
    (frame.isKeyFrame ? IS_KEY_FRAME : 0) |
    (frame.startsSegment ? STARTS_SEGMENT : 0) |
    (frame.startsPart ? STARTS_PART : 0) |
    (frame.isDiscontinuity ? IS_DISCONTINUITY : 0);
  return new ByteWriter(PACKET_HEAD_BYTES)
    .u8(flags)
    .u16(frame.segmentTracks)
    .u16(frame.ownTracks)
    .u64(frame.segment)
    .u32(frame.part)
    .u32(frame.discontinuities)
    .u64(frame.dtsMs)
    .f64(frame.wallMs)
    .f64(frame.mediaTime)
    .f64(frame.extra)
    .view();
}

/** The data is a view of the bytes. Spreads are left out where packets are made: docs/decisions/no-spreads-for-packets.md. */
export function decodePacket(bytes: Uint8Array): PacketFrame {
  const reader = new ByteReader(bytes, 'packet');
  const flags = reader.u8();
  const media = MEDIA[flags & MEDIA_BITS];
  if (media === undefined || flags > ALL_FLAGS) {
    throw new MalformedError('BAD_VALUE', 'packet', `unknown flags ${flags}`);
  }
  return {
    kind: 'packet',
    media,
    isKeyFrame: (flags & IS_KEY_FRAME) !== 0,
    startsSegment: (flags & STARTS_SEGMENT) !== 0,
    startsPart: (flags & STARTS_PART) !== 0,
    isDiscontinuity: (flags & IS_DISCONTINUITY) !== 0,
    segmentTracks: reader.u16(),
    ownTracks: reader.u16(),
    segment: reader.u64(),
    part: reader.u32(),
    discontinuities: reader.u32(),
    dtsMs: reader.u64(),
    wallMs: readNumber(reader, 'packet'),
    mediaTime: readNumber(reader, 'packet'),
    extra: readNumber(reader, 'packet'),
    data: reader.rest(),
  };
}
