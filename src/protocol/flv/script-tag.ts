import { type Amf0Object, type Amf0Value, asEcmaArray, decodeAmf0, encodeAmf0, isAmf0Object } from '../amf/index.ts';
import {
  type AudioCodec,
  audioCodecOfFormat,
  audioCodecOfFourCC,
  fourCCOf,
  fourCCText,
  fourCCValue,
  type VideoCodec,
  videoCodecOfFourCC,
  videoCodecOfId,
} from './codecs.ts';

/** The fields of `onMetaData` (FLV 10.1, E.5) that are known here; encoders promise, they do not guarantee. */
export type Metadata = {
  /** True if a video codec or picture size is named. */
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
  readonly videoBitrateKbps?: number;
  readonly audioBitrateKbps?: number;
  /** A legacy number, or a FourCC as text however it was sent. */
  readonly videoCodecId?: number | string;
  readonly audioCodecId?: number | string;
  /** The codec behind `videoCodecId`, when it is one of ours. */
  readonly videoCodec?: VideoCodec;
  readonly audioCodec?: AudioCodec;
  readonly audioSampleRate?: number;
  readonly audioSampleSize?: number;
  readonly isStereo?: boolean;
  readonly encoder?: string;
  readonly durationSeconds?: number;
  /** Everything that was sent. */
  readonly values: Amf0Object;
};

/** Decodes a script tag or RTMP data message; undefined if it is not `onMetaData`, bare or after `@setDataFrame`. */
export function decodeMetadata(payload: Uint8Array): Metadata | undefined {
  const values = decodeAmf0(payload);
  const at = values[0] === '@setDataFrame' ? 1 : 0;
  const record = values[at + 1];
  if (values[at] !== 'onMetaData' || record === undefined || !isAmf0Object(record)) return undefined;
  const videoCodecId = codecIdOf(record.videocodecid);
  const audioCodecId = codecIdOf(record.audiocodecid);
  const width = positive(record.width);
  return withoutUndefined({
    hasVideo: videoCodecId !== undefined || width !== undefined,
    hasAudio: audioCodecId !== undefined,
    width,
    height: positive(record.height),
    frameRate: positive(record.framerate) ?? positive(record.videoframerate),
    videoBitrateKbps: positive(record.videodatarate),
    audioBitrateKbps: positive(record.audiodatarate),
    videoCodecId,
    audioCodecId,
    videoCodec: videoCodecId === undefined ? undefined : codecOf(videoCodecId, videoCodecOfId, videoCodecOfFourCC),
    audioCodec: audioCodecId === undefined ? undefined : codecOf(audioCodecId, audioCodecOfFormat, audioCodecOfFourCC),
    audioSampleRate: positive(record.audiosamplerate),
    audioSampleSize: positive(record.audiosamplesize),
    isStereo: typeof record.stereo === 'boolean' ? record.stereo : undefined,
    encoder: typeof record.encoder === 'string' ? record.encoder : undefined,
    durationSeconds: positive(record.duration),
    values: record,
  });
}

/** An `onMetaData` script payload with `record` as an ECMA array; no `@setDataFrame`, which is for publishing only. */
export function encodeMetadata(record: Readonly<Record<string, Amf0Value>>): Uint8Array {
  return encodeAmf0('onMetaData', asEcmaArray({ ...record }));
}

/** The number `videocodecid` and `audiocodecid` have for a codec: legacy where there is one, else the FourCC. */
export function metadataCodecId(codec: VideoCodec | AudioCodec): number {
  return legacyIds[codec] ?? fourCCOf(codec);
}

const legacyIds: Readonly<Partial<Record<VideoCodec | AudioCodec, number>>> = { h264: 7, aac: 10, mp3: 2 };

/** Legacy ids end at 15; a larger number is a FourCC. */
function codecIdOf(value: Amf0Value): number | string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  const id = positive(value);
  if (id === undefined) return undefined;
  return id > 0xff && id <= 0xffffffff ? fourCCText(id) : id;
}

function codecOf<Codec>(
  id: number | string,
  byNumber: (id: number) => Codec | undefined,
  byFourCC: (fourCC: number) => Codec | undefined,
): Codec | undefined {
  if (typeof id === 'number') return byNumber(id);
  return id.length === 4 ? byFourCC(fourCCValue(id)) : undefined;
}

function positive(value: Amf0Value): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(record: T): Defined<T> {
  const defined = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as Defined<T>;
}
