import type { VideoPacket, VideoTrack } from '../live/index.ts';
import { concat } from '../protocol/bytes/index.ts';
import { accessUnitDelimiter, decodeAvcConfig, toAnnexB } from '../protocol/h264/index.ts';
import { decodeHevcConfig, hevcAccessUnitDelimiter, hevcParameterSets, hevcToAnnexB } from '../protocol/h265/index.ts';

/** FFmpeg's name of a byte stream that needs no container. */
export type ElementaryFormat = 'h264' | 'hevc' | 'obu';

/** A key frame that can be decoded by itself; several of one `group` can follow each other in one decoder. */
export type KeyFrame = {
  readonly format: ElementaryFormat;
  /** Format and picture size: what one run of FFmpeg can decode. */
  readonly group: string;
  /** The picture's size where it is to be smaller than the key frame's. */
  readonly scaledTo?: { readonly width: number; readonly height: number };
  readonly bytes: Uint8Array;
};

/** An AV1 temporal delimiter with an explicit size of 0, without which no temporal unit can be told from the next. */
const TEMPORAL_DELIMITER = Uint8Array.of(0x12, 0x00);
/** The record's own fields, before its OBUs. */
const AV1_RECORD_BYTES = 4;

/**
 * The packet with its parameter sets; undefined for a codec that has no byte stream of its own (VP9). The picture's
 * shorter side is `shortSide`, where the key frame's is longer.
 */
export function keyFrameOf({ track, data }: VideoPacket, shortSide?: number): KeyFrame | undefined {
  const stream = byteStreamOf(track, data);
  if (!stream) return undefined;
  const { width, height } = track;
  const group = `${stream.format} ${width}x${height}`;
  const shrink = (shortSide ?? Number.POSITIVE_INFINITY) / Math.min(width, height);
  if (!(shrink < 1)) return { ...stream, group };
  const even = (side: number) => Math.max(2, 2 * Math.round((side * shrink) / 2));
  const scaledTo = { width: even(width), height: even(height) };
  return { ...stream, group: `${group} ${scaledTo.width}x${scaledTo.height}`, scaledTo };
}

type ByteStream = Pick<KeyFrame, 'format' | 'bytes'>;

function byteStreamOf({ codec, config }: VideoTrack, data: Uint8Array): ByteStream | undefined {
  switch (codec) {
    case 'h264': {
      const { nalLengthSize, sps, pps } = decodeAvcConfig(config);
      return { format: 'h264', bytes: toAnnexB(data, nalLengthSize, [accessUnitDelimiter, ...sps, ...pps]) };
    }
    case 'h265': {
      const record = decodeHevcConfig(config);
      const before = [hevcAccessUnitDelimiter, ...hevcParameterSets(record)];
      return { format: 'hevc', bytes: hevcToAnnexB(data, record.nalLengthSize, before) };
    }
    case 'av1':
      return { format: 'obu', bytes: concat([TEMPORAL_DELIMITER, config.subarray(AV1_RECORD_BYTES), data]) };
    case 'vp9':
      return undefined;
  }
}
