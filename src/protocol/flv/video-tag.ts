import { ByteReader, MalformedError } from '../bytes/index.ts';
import { fourCCAt, fourCCText, type VideoCodec, videoCodecOfFourCC, videoCodecOfId } from './codecs.ts';
import { multitrackTypes, skipModEx } from './enhanced.ts';

/** A coded picture. `data` is a view of the payload. */
export type VideoFrame = {
  readonly kind: 'frame';
  readonly codec: VideoCodec;
  readonly isKeyFrame: boolean;
  readonly isDisposable: boolean;
  /** Presentation minus decoding time, signed 24 bits. */
  readonly compositionTimeMs: number;
  readonly data: Uint8Array;
};

/** What one video tag or RTMP video message carries; `data`, `config` and `body` are views of the payload. */
export type VideoTag =
  | VideoFrame
  | { readonly kind: 'sequence-header'; readonly codec: VideoCodec; readonly config: Uint8Array }
  | { readonly kind: 'end-of-sequence'; readonly codec: VideoCodec }
  | { readonly kind: 'metadata'; readonly codec: VideoCodec; readonly body: Uint8Array }
  | {
      readonly kind: 'multitrack';
      readonly trackId: number;
      readonly first: VideoTag;
      readonly otherTracks: number;
    }
  | { readonly kind: 'command'; readonly command: number | undefined }
  | { readonly kind: 'unsupported'; readonly codecId: number | string }
  | { readonly kind: 'ignored'; readonly reason: string };

/** `FrameType` of FLV 10.1, E.4.3.1. */
export const frameTypes = { key: 1, inter: 2, disposable: 3, generatedKey: 4, command: 5 } as const;

/** `VideoPacketType` of Enhanced RTMP v2. */
export const videoPacketTypes = {
  sequenceStart: 0,
  codedFrames: 1,
  sequenceEnd: 2,
  codedFramesX: 3,
  metadata: 4,
  mpeg2TsSequenceStart: 5,
  multitrack: 6,
  modEx: 7,
} as const;

/** `IsExHeader` of Enhanced RTMP: the bit that tells its headers from legacy ones. */
export const isExHeader = 0x80;
const structure = 'VideoTagHeader';

/** Decodes a video payload: FLV 10.1, E.4.3.1, or Enhanced RTMP v1 and v2. */
export function decodeVideoTag(payload: Uint8Array): VideoTag {
  const first = payload[0];
  if (first === undefined) return { kind: 'ignored', reason: 'empty' };
  const frameType = (first >>> 4) & 7;
  return (first & isExHeader) === 0
    ? decodeLegacy(payload, first >>> 4, first & 0x0f)
    : decodeEnhanced(payload, frameType, first & 0x0f);
}

function decodeLegacy(payload: Uint8Array, frameType: number, codecId: number): VideoTag {
  if (frameType === frameTypes.command) return { kind: 'command', command: payload[1] };
  const codec = videoCodecOfId(codecId);
  if (codec === undefined) return { kind: 'unsupported', codecId };
  // The end of a sequence may come without its composition time.
  if (payload[1] === 2) return { kind: 'end-of-sequence', codec };
  if (payload.length < 5) throw new MalformedError('SHORT_READ', structure, `${payload.length} bytes of 5`);
  switch (payload[1]) {
    case 0:
      return sequenceHeader(codec, payload.subarray(5));
    case 1:
      return frame(codec, frameType, compositionTime(payload, 2), payload.subarray(5));
    default:
      return { kind: 'ignored', reason: `AVCPacketType ${payload[1]}` };
  }
}

function decodeEnhanced(payload: Uint8Array, frameType: number, firstPacketType: number): VideoTag {
  let packetType = firstPacketType;
  let at = 1;
  if (packetType === videoPacketTypes.modEx) {
    const reader = new ByteReader(payload, structure);
    reader.skip(1);
    packetType = skipModEx(reader, videoPacketTypes.modEx);
    at = reader.offset;
  }
  if (frameType === frameTypes.command && packetType !== videoPacketTypes.metadata) {
    return { kind: 'command', command: payload[at] };
  }
  if (packetType === videoPacketTypes.multitrack) return decodeMultitrack(payload.subarray(at), frameType);
  if (payload.length < at + 4) throw new MalformedError('SHORT_READ', structure, 'ends within its FourCC');
  return decodePacket(payload, at + 4, packetType, fourCCAt(payload, at), frameType);
}

function decodePacket(
  payload: Uint8Array,
  at: number,
  packetType: number,
  fourCC: number,
  frameType: number,
): VideoTag {
  const codec = videoCodecOfFourCC(fourCC);
  if (codec === undefined) return { kind: 'unsupported', codecId: fourCCText(fourCC) };
  switch (packetType) {
    case videoPacketTypes.sequenceStart:
      return sequenceHeader(codec, payload.subarray(at));
    case videoPacketTypes.codedFrames: {
      if (codec !== 'h264' && codec !== 'h265') return frame(codec, frameType, 0, payload.subarray(at));
      if (payload.length < at + 3) throw new MalformedError('SHORT_READ', structure, 'ends within composition time');
      return frame(codec, frameType, compositionTime(payload, at), payload.subarray(at + 3));
    }
    case videoPacketTypes.codedFramesX:
      return frame(codec, frameType, 0, payload.subarray(at));
    case videoPacketTypes.sequenceEnd:
      return { kind: 'end-of-sequence', codec };
    case videoPacketTypes.metadata:
      return { kind: 'metadata', codec, body: payload.subarray(at) };
    case videoPacketTypes.mpeg2TsSequenceStart:
      return { kind: 'ignored', reason: 'MPEG-2 TS sequence start' };
    default:
      return { kind: 'ignored', reason: `VideoPacketType ${packetType}` };
  }
}

function decodeMultitrack(bytes: Uint8Array, frameType: number): VideoTag {
  const reader = new ByteReader(bytes, 'multitrack video');
  const types = reader.u8();
  const multitrackType = types >>> 4;
  const packetType = types & 0x0f;
  if (multitrackType > multitrackTypes.manyTracksManyCodecs) {
    return { kind: 'ignored', reason: `multitrack type ${multitrackType}` };
  }
  const fourCC = reader.u32();
  const trackId = reader.u8();
  const sizeBytes = multitrackType === multitrackTypes.oneTrack ? reader.remaining : reader.u24();
  const first = decodePacket(reader.bytes(sizeBytes), 0, packetType, fourCC, frameType);
  let otherTracks = 0;
  const hasOwnFourCC = multitrackType === multitrackTypes.manyTracksManyCodecs;
  while (reader.remaining > 0) {
    reader.skip(hasOwnFourCC ? 5 : 1);
    reader.skip(reader.u24());
    otherTracks++;
  }
  return { kind: 'multitrack', trackId, first, otherTracks };
}

function sequenceHeader(codec: VideoCodec, config: Uint8Array): VideoTag {
  if (config.length === 0) return { kind: 'ignored', reason: 'empty sequence header' };
  return { kind: 'sequence-header', codec, config };
}

function frame(codec: VideoCodec, frameType: number, compositionTimeMs: number, data: Uint8Array): VideoTag {
  if (data.length === 0) return { kind: 'ignored', reason: 'empty frame' };
  if (frameType < frameTypes.key || frameType > frameTypes.generatedKey) {
    return { kind: 'ignored', reason: `frame type ${frameType}` };
  }
  const isKeyFrame = frameType === frameTypes.key || frameType === frameTypes.generatedKey;
  return {
    kind: 'frame',
    codec,
    isKeyFrame,
    isDisposable: frameType === frameTypes.disposable,
    compositionTimeMs,
    data,
  };
}

// Indexes directly: it runs per frame, and its callers have checked the length.
function compositionTime(bytes: Uint8Array, at: number): number {
  const value = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8);
  return value >> 8;
}
