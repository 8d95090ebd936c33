import { BitReader, MalformedError } from '../bytes/index.ts';
import { nalUnitType, nalUnitTypes, rbspOf } from './nal-unit.ts';
import { type AvcVui, readVui } from './vui.ts';

const structure = 'H.264 SPS';

/** Largest side and area of a picture accepted; level 6.2 ends at 35.7 million pixels. */
const maxSide = 16384;
const maxPixels = 8192 * 8192;

/** What is used of `seq_parameter_set_data` (ISO/IEC 14496-10, 7.3.2.1.1). */
export type AvcSps = {
  readonly profile: number;
  readonly constraintFlags: number;
  /** Ten times the level, e.g. 31. */
  readonly level: number;
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Size after cropping, in luma samples. */
  readonly width: number;
  readonly height: number;
  readonly isInterlaced: boolean;
  readonly maxReferenceFrames: number;
  readonly vui: AvcVui | undefined;
};

/** Profiles whose SPS has chroma format, bit depths and scaling matrices (7.3.2.1.1). */
const chromaProfiles: ReadonlySet<number> = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** Decodes an SPS NAL unit, header byte included. */
export function decodeAvcSps(nalUnit: Uint8Array): AvcSps {
  if (nalUnitType(nalUnit) !== nalUnitTypes.sps) {
    throw new MalformedError('BAD_VALUE', structure, `NAL unit type ${nalUnitType(nalUnit)}`);
  }
  const reader = new BitReader(rbspOf(nalUnit), structure);
  const profile = reader.bits(8);
  const constraintFlags = reader.bits(8);
  const level = reader.bits(8);
  reader.ue(); // seq_parameter_set_id
  const chroma = chromaProfiles.has(profile)
    ? readChroma(reader)
    : { chromaFormat: 1, separatePlanes: false, bitDepthLuma: 8, bitDepthChroma: 8 };
  reader.ue(); // log2_max_frame_num_minus4
  skipPictureOrderCount(reader);
  const maxReferenceFrames = reader.ue();
  reader.flag(); // gaps_in_frame_num_value_allowed_flag
  const { width, height, isInterlaced } = readSize(reader, chroma.separatePlanes ? 0 : chroma.chromaFormat);
  const vui = reader.flag() ? readVui(reader) : undefined;
  const { chromaFormat, bitDepthLuma, bitDepthChroma } = chroma;
  return {
    profile,
    constraintFlags,
    level,
    chromaFormat,
    bitDepthLuma,
    bitDepthChroma,
    width,
    height,
    isInterlaced,
    maxReferenceFrames,
    vui,
  };
}

function readChroma(reader: BitReader) {
  const chromaFormat = reader.ue();
  if (chromaFormat > 3) throw new MalformedError('BAD_VALUE', structure, `chroma_format_idc ${chromaFormat}`);
  const separatePlanes = chromaFormat === 3 && reader.flag();
  const bitDepthLuma = reader.ue() + 8;
  const bitDepthChroma = reader.ue() + 8;
  if (bitDepthLuma > 14 || bitDepthChroma > 14) {
    throw new MalformedError('BAD_VALUE', structure, `bit depths ${bitDepthLuma} and ${bitDepthChroma}`);
  }
  reader.flag(); // qpprime_y_zero_transform_bypass_flag
  if (reader.flag()) {
    const lists = chromaFormat === 3 ? 12 : 8;
    for (let i = 0; i < lists; i++) if (reader.flag()) skipScalingList(reader, i < 6 ? 16 : 64);
  }
  return { chromaFormat, separatePlanes, bitDepthLuma, bitDepthChroma };
}

function skipScalingList(reader: BitReader, size: number): void {
  let last = 8;
  for (let i = 0; i < size; i++) {
    const next = (((last + reader.se()) % 256) + 256) % 256;
    if (next === 0) return;
    last = next;
  }
}

function skipPictureOrderCount(reader: BitReader): void {
  const type = reader.ue();
  if (type === 0) reader.ue();
  if (type !== 1) return;
  reader.flag();
  reader.se();
  reader.se();
  const count = reader.ue();
  if (count > 255) throw new MalformedError('TOO_MANY', structure, `${count} reference frames in a cycle`);
  for (let i = 0; i < count; i++) reader.se();
}

function readSize(reader: BitReader, chromaArrayType: number) {
  const widthInMbs = reader.ue() + 1;
  const heightInMapUnits = reader.ue() + 1;
  const isInterlaced = !reader.flag();
  if (isInterlaced) reader.flag(); // mb_adaptive_frame_field_flag
  reader.flag(); // direct_8x8_inference_flag
  const fields = isInterlaced ? 2 : 1;
  const crop = reader.flag() ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()] : [0, 0, 0, 0];
  const [left = 0, right = 0, top = 0, bottom = 0] = crop;
  const cropUnitX = chromaArrayType === 1 || chromaArrayType === 2 ? 2 : 1;
  const cropUnitY = (chromaArrayType === 1 ? 2 : 1) * fields;
  const codedWidth = widthInMbs * 16;
  const codedHeight = heightInMapUnits * 16 * fields;
  if (codedWidth > maxSide || codedHeight > maxSide || codedWidth * codedHeight > maxPixels) {
    throw new MalformedError('TOO_LARGE', structure, `picture of ${codedWidth}x${codedHeight}`);
  }
  const width = codedWidth - (left + right) * cropUnitX;
  const height = codedHeight - (top + bottom) * cropUnitY;
  if (width <= 0 || height <= 0) throw new MalformedError('BAD_VALUE', structure, 'cropped to nothing');
  return { width, height, isInterlaced };
}
