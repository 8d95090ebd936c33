import { ByteReader, MalformedError } from '../bytes/index.ts';
import { type AudioCodec, audioCodecOfFormat, audioCodecOfFourCC, fourCCAt, fourCCOf, fourCCText } from './codecs.ts';
import { multitrackTypes, skipModEx } from './enhanced.ts';

/** What one audio tag or RTMP audio message carries; `data` and `config` are views of the payload. */
export type AudioTag =
  | { readonly kind: 'frame'; readonly codec: AudioCodec; readonly data: Uint8Array }
  | { readonly kind: 'sequence-header'; readonly codec: AudioCodec; readonly config: Uint8Array }
  | { readonly kind: 'end-of-sequence'; readonly codec: AudioCodec }
  | {
      readonly kind: 'multichannel-config';
      readonly codec: AudioCodec;
      /** `AudioChannelOrder`: 0 unspecified, 1 native, 2 custom. */
      readonly channelOrder: number;
      readonly channelCount: number;
    }
  | {
      readonly kind: 'multitrack';
      readonly trackId: number;
      readonly first: AudioTag;
      readonly otherTracks: number;
    }
  | { readonly kind: 'unsupported'; readonly codecId: number | string }
  | { readonly kind: 'ignored'; readonly reason: string };

/** `AudioPacketType` of Enhanced RTMP v2. */
export const audioPacketTypes = {
  sequenceStart: 0,
  codedFrames: 1,
  sequenceEnd: 2,
  multichannelConfig: 4,
  multitrack: 5,
  modEx: 7,
} as const;

const exHeaderFormat = 9;
const structure = 'AudioTagHeader';

/** Decodes an audio payload: FLV 10.1, E.4.2.1, or Enhanced RTMP v2. */
export function decodeAudioTag(payload: Uint8Array): AudioTag {
  const first = payload[0];
  if (first === undefined) return { kind: 'ignored', reason: 'empty' };
  const format = first >>> 4;
  return format === exHeaderFormat ? decodeEnhanced(payload, first & 0x0f) : decodeLegacy(payload, format);
}

function decodeLegacy(payload: Uint8Array, format: number): AudioTag {
  const codec = audioCodecOfFormat(format);
  if (codec === undefined) return { kind: 'unsupported', codecId: format };
  if (codec === 'mp3') return frame(codec, payload.subarray(1));
  if (payload.length < 2) throw new MalformedError('SHORT_READ', structure, 'ends before AACPacketType');
  switch (payload[1]) {
    case 0:
      return sequenceHeader(codec, payload.subarray(2));
    case 1:
      return frame(codec, payload.subarray(2));
    default:
      return { kind: 'ignored', reason: `AACPacketType ${payload[1]}` };
  }
}

function decodeEnhanced(payload: Uint8Array, firstPacketType: number): AudioTag {
  let packetType = firstPacketType;
  let at = 1;
  if (packetType === audioPacketTypes.modEx) {
    const reader = new ByteReader(payload, structure);
    reader.skip(1);
    packetType = skipModEx(reader, audioPacketTypes.modEx);
    at = reader.offset;
  }
  if (packetType === audioPacketTypes.multitrack) return decodeMultitrack(payload.subarray(at));
  if (payload.length < at + 4) throw new MalformedError('SHORT_READ', structure, 'ends within its FourCC');
  return decodePacket(payload.subarray(at + 4), packetType, fourCCAt(payload, at));
}

function decodePacket(body: Uint8Array, packetType: number, fourCC: number): AudioTag {
  const codec = audioCodecOfFourCC(fourCC);
  if (codec === undefined) return { kind: 'unsupported', codecId: fourCCText(fourCC) };
  switch (packetType) {
    case audioPacketTypes.sequenceStart:
      return sequenceHeader(codec, body);
    case audioPacketTypes.codedFrames:
      return frame(codec, body);
    case audioPacketTypes.sequenceEnd:
      return { kind: 'end-of-sequence', codec };
    case audioPacketTypes.multichannelConfig: {
      const reader = new ByteReader(body, 'AudioPacketType.MultichannelConfig');
      return { kind: 'multichannel-config', codec, channelOrder: reader.u8(), channelCount: reader.u8() };
    }
    default:
      return { kind: 'ignored', reason: `AudioPacketType ${packetType}` };
  }
}

function decodeMultitrack(bytes: Uint8Array): AudioTag {
  const reader = new ByteReader(bytes, 'multitrack audio');
  const types = reader.u8();
  const multitrackType = types >>> 4;
  if (multitrackType > multitrackTypes.manyTracksManyCodecs) {
    return { kind: 'ignored', reason: `multitrack type ${multitrackType}` };
  }
  const fourCC = reader.u32();
  const trackId = reader.u8();
  const sizeBytes = multitrackType === multitrackTypes.oneTrack ? reader.remaining : reader.u24();
  const first = decodePacket(reader.bytes(sizeBytes), types & 0x0f, fourCC);
  let otherTracks = 0;
  while (reader.remaining > 0) {
    reader.skip(multitrackType === multitrackTypes.manyTracksManyCodecs ? 5 : 1);
    reader.skip(reader.u24());
    otherTracks++;
  }
  return { kind: 'multitrack', trackId, first, otherTracks };
}

function sequenceHeader(codec: AudioCodec, config: Uint8Array): AudioTag {
  if (config.length === 0) return { kind: 'ignored', reason: 'empty sequence header' };
  return { kind: 'sequence-header', codec, config };
}

function frame(codec: AudioCodec, data: Uint8Array): AudioTag {
  return data.length === 0 ? { kind: 'ignored', reason: 'empty frame' } : { kind: 'frame', codec, data };
}

/** A whole payload that carries a decoder configuration; MP3 has none. Legacy for AAC, Enhanced RTMP for the others. */
export function encodeAudioSequenceHeader(codec: Exclude<AudioCodec, 'mp3'>, config: Uint8Array): Uint8Array {
  if (codec === 'aac') {
    const payload = new Uint8Array(2 + config.length);
    payload[0] = aacFirstByte;
    payload.set(config, 2);
    return payload;
  }
  const payload = new Uint8Array(5 + config.length);
  writeEnhancedHeader(payload, audioPacketTypes.sequenceStart, codec);
  payload.set(config, 5);
  return payload;
}

/** The bytes before a frame's data: 2 for AAC, 1 for MP3, 5 for Opus and FLAC. */
export function encodeAudioFrameHeader(codec: AudioCodec): Uint8Array {
  if (codec === 'aac') return Uint8Array.of(aacFirstByte, 1);
  if (codec === 'mp3') return Uint8Array.of(mp3FirstByte);
  const header = new Uint8Array(5);
  writeEnhancedHeader(header, audioPacketTypes.codedFrames, codec);
  return header;
}

/** AAC is always announced as 44 kHz, 16 bits, stereo (FLV 10.1, E.4.2.1); its configuration has the real values. */
const aacFirstByte = 0xaf;
const mp3FirstByte = 0x2f;

function writeEnhancedHeader(into: Uint8Array, packetType: number, codec: AudioCodec): void {
  into[0] = (exHeaderFormat << 4) | packetType;
  const fourCC = fourCCOf(codec);
  for (let i = 0; i < 4; i++) into[1 + i] = fourCC >>> (24 - 8 * i);
}
