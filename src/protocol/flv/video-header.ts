import { fourCCOf, type VideoCodec } from './codecs.ts';
import { frameTypes, isExHeader, videoPacketTypes } from './video-tag.ts';

/** How a header is written where the wire knows two forms. */
export type VideoHeaderOptions = {
  /** Write HEVC as codec id 12 in the legacy layout, for players from before Enhanced RTMP. */
  readonly isLegacyHevc?: boolean;
};

/** A whole payload that carries a decoder configuration record: legacy for H.264, Enhanced RTMP for the others. */
export function encodeVideoSequenceHeader(
  codec: VideoCodec,
  config: Uint8Array,
  options: VideoHeaderOptions = {},
): Uint8Array {
  const payload = new Uint8Array(5 + config.length);
  const legacyId = legacyIdOf(codec, options);
  if (legacyId === undefined) {
    payload[0] = isExHeader | (frameTypes.key << 4) | videoPacketTypes.sequenceStart;
    writeFourCC(payload, fourCCOf(codec));
  } else {
    payload[0] = (frameTypes.key << 4) | legacyId;
  }
  payload.set(config, 5);
  return payload;
}

/** The bytes before a frame's data: 5 or 8. Composition time is clamped to signed 24 bits. */
export function encodeVideoFrameHeader(
  codec: VideoCodec,
  isKeyFrame: boolean,
  compositionTimeMs: number,
  options: VideoHeaderOptions = {},
): Uint8Array {
  const frameType = isKeyFrame ? frameTypes.key : frameTypes.inter;
  const legacyId = legacyIdOf(codec, options);
  if (legacyId !== undefined) {
    const header = new Uint8Array(5);
    header[0] = (frameType << 4) | legacyId;
    header[1] = 1;
    writeCompositionTime(header, 2, compositionTimeMs);
    return header;
  }
  const hasCompositionTime = codec === 'h265' && compositionTimeMs !== 0;
  const header = new Uint8Array(hasCompositionTime ? 8 : 5);
  const isX = codec === 'h265' && !hasCompositionTime;
  header[0] = isExHeader | (frameType << 4) | (isX ? videoPacketTypes.codedFramesX : videoPacketTypes.codedFrames);
  writeFourCC(header, fourCCOf(codec));
  if (hasCompositionTime) writeCompositionTime(header, 5, compositionTimeMs);
  return header;
}

/** A whole payload that ends the sequence. */
export function encodeVideoEndOfSequence(codec: VideoCodec, options: VideoHeaderOptions = {}): Uint8Array {
  const payload = new Uint8Array(5);
  const legacyId = legacyIdOf(codec, options);
  if (legacyId === undefined) {
    payload[0] = isExHeader | (frameTypes.key << 4) | videoPacketTypes.sequenceEnd;
    writeFourCC(payload, fourCCOf(codec));
  } else {
    payload[0] = (frameTypes.key << 4) | legacyId;
    payload[1] = 2;
  }
  return payload;
}

function legacyIdOf(codec: VideoCodec, options: VideoHeaderOptions): number | undefined {
  if (codec === 'h264') return 7;
  return codec === 'h265' && options.isLegacyHevc === true ? 12 : undefined;
}

function writeFourCC(into: Uint8Array, fourCC: number): void {
  for (let i = 0; i < 4; i++) into[1 + i] = fourCC >>> (24 - 8 * i);
}

function writeCompositionTime(into: Uint8Array, at: number, timeMs: number): void {
  const value = Math.max(-0x800000, Math.min(0x7fffff, timeMs));
  into[at] = value >>> 16;
  into[at + 1] = value >>> 8;
  into[at + 2] = value;
}
