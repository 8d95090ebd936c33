import type { VideoPacket, VideoTrack } from '../live/index.ts';
import { concat } from '../protocol/bytes/index.ts';
import { accessUnitDelimiter, decodeAvcConfig, toAnnexB } from '../protocol/h264/index.ts';
import { decodeHevcConfig, hevcAccessUnitDelimiter, hevcParameterSets, hevcToAnnexB } from '../protocol/h265/index.ts';
import { type Colours, coloursOf } from './colours.ts';

/** FFmpeg's name of a byte stream that needs no container; frames of VP9 have none, and go into an IVF file together. */
export type ElementaryFormat = 'h264' | 'hevc' | 'obu' | 'ivf';

/** A key frame that can be decoded by itself; several of one `group` can follow each other in one decoder. */
export type KeyFrame = {
  readonly format: ElementaryFormat;
  /** Format, picture sizes and colours: what one run of FFmpeg can make. */
  readonly group: string;
  readonly size: Size;
  readonly colours: Colours;
  /** The picture's size where it is to be smaller than the key frame's. */
  readonly scaledTo?: Size;
  /** Of the small picture beside it. */
  readonly tile: Size;
  readonly bytes: Uint8Array;
};

/** In pixels. */
export type Size = { readonly width: number; readonly height: number };

/** Shorter sides of picture and tile; never more than the key frame's own, which is also what the picture has by itself. */
export type PictureSizes = { readonly shortSide?: number | undefined; readonly tileShortSide: number };

/** An AV1 temporal delimiter with an explicit size of 0, without which no temporal unit can be told from the next. */
const TEMPORAL_DELIMITER = Uint8Array.of(0x12, 0x00);
/** The record's own fields, before its OBUs. */
const AV1_RECORD_BYTES = 4;
/** A tile of absurd proportions is squeezed. */
const LONGEST_TILE = 4;

/** The packet with its parameter sets. */
export function keyFrameOf({ track, data }: VideoPacket, sizes: PictureSizes): KeyFrame {
  const stream = byteStreamOf(track, data);
  const { shortSide = Number.POSITIVE_INFINITY, tileShortSide } = sizes;
  const tile = shrunk(track, tileShortSide, LONGEST_TILE * tileShortSide);
  const { width, height } = track;
  const colours = coloursOf(track, data);
  const ofColours = `${colours.matrix}${colours.isFullRange ? ' full' : ''}`;
  const group = `${stream.format} ${width}x${height} ${ofColours} ${tile.width}x${tile.height}`;
  const frame = { ...stream, size: { width, height }, colours, tile };
  if (!(shortSide < Math.min(width, height))) return { ...frame, group };
  const scaledTo = shrunk(track, shortSide);
  return { ...frame, group: `${group} ${scaledTo.width}x${scaledTo.height}`, scaledTo };
}

function shrunk({ width, height }: Size, shortSide: number, longSide = Number.POSITIVE_INFINITY): Size {
  const factor = Math.min(1, shortSide / Math.min(width, height));
  const even = (side: number) => Math.max(2, 2 * Math.round(Math.min(longSide, side * factor) / 2));
  return { width: even(width), height: even(height) };
}

type ByteStream = Pick<KeyFrame, 'format' | 'bytes'>;

function byteStreamOf({ codec, config }: VideoTrack, data: Uint8Array): ByteStream {
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
      return { format: 'ivf', bytes: data };
  }
}
