import { BitReader, MalformedError } from '../bytes/index.ts';
import { type Av1Colour, readColourConfig } from './colour-config.ts';

const structure = 'AV1 sequence header';
const maxSide = 16384;
const maxPixels = 8192 * 8192;

/** What is used of `sequence_header_obu` (AV1, 5.5). */
export type Av1SequenceHeader = Av1Colour & {
  readonly profile: number;
  readonly level: number;
  readonly isHighTier: boolean;
  /** Largest size of a frame in the sequence, in luma samples. */
  readonly width: number;
  readonly height: number;
  /** Present when timing information says that pictures come at equal intervals. */
  readonly frameRate?: number;
};

type OperatingPoint = { readonly level: number; readonly isHighTier: boolean; readonly frameRate?: number };

/** Decodes the payload of a sequence header OBU. */
export function decodeAv1SequenceHeader(payload: Uint8Array): Av1SequenceHeader {
  const reader = new BitReader(payload, structure);
  const profile = reader.bits(3);
  if (profile > 2) throw new MalformedError('BAD_VALUE', structure, `profile ${profile}`);
  reader.flag(); // still_picture
  const isReduced = reader.flag();
  const point = isReduced ? { level: reader.bits(5), isHighTier: false } : readOperatingPoints(reader);
  const widthBits = reader.bits(4) + 1;
  const heightBits = reader.bits(4) + 1;
  const width = reader.bits(widthBits) + 1;
  const height = reader.bits(heightBits) + 1;
  if (width > maxSide || height > maxSide || width * height > maxPixels) {
    throw new MalformedError('TOO_LARGE', structure, `picture of ${width}x${height}`);
  }
  if (!isReduced && reader.flag()) reader.skip(7); // frame id lengths
  reader.skip(3); // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
  if (!isReduced) skipInterTools(reader);
  reader.skip(3); // enable_superres, enable_cdef, enable_restoration
  return { profile, ...point, width, height, ...readColourConfig(reader, profile) };
}

function readOperatingPoints(reader: BitReader): OperatingPoint {
  let frameRate: number | undefined;
  let delayBits = 0;
  if (reader.flag()) {
    frameRate = readFrameRate(reader);
    if (reader.flag()) {
      delayBits = reader.bits(5) + 1;
      reader.skip(42); // num_units_in_decoding_tick and two lengths
    }
  }
  const hasDisplayDelay = reader.flag();
  const count = reader.bits(5) + 1;
  let first: OperatingPoint | undefined;
  for (let i = 0; i < count; i++) {
    reader.skip(12); // operating_point_idc
    const level = reader.bits(5);
    const isHighTier = level > 7 && reader.flag();
    if (delayBits > 0 && reader.flag()) reader.skip(delayBits * 2 + 1);
    if (hasDisplayDelay && reader.flag()) reader.skip(4);
    first ??= { level, isHighTier };
  }
  const point = first ?? { level: 0, isHighTier: false };
  return frameRate === undefined ? point : { ...point, frameRate };
}

function readFrameRate(reader: BitReader): number | undefined {
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  if (!reader.flag()) return undefined;
  const ticksPerPicture = reader.ue() + 1; // uvlc() reads as ue(v) does
  return unitsInTick === 0 || timeScale === 0 ? undefined : timeScale / unitsInTick / ticksPerPicture;
}

function skipInterTools(reader: BitReader): void {
  reader.skip(4); // interintra, masked, warped motion, dual filter
  const hasOrderHint = reader.flag();
  if (hasOrderHint) reader.skip(2); // jnt_comp, ref_frame_mvs
  const mayUseScreenContentTools = reader.flag() || reader.flag();
  if (mayUseScreenContentTools && !reader.flag()) reader.skip(1); // seq_force_integer_mv
  if (hasOrderHint) reader.skip(3); // order_hint_bits_minus_1
}
