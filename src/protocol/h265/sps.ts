import { BitReader, ByteReader, MalformedError } from '../bytes/index.ts';
import { type HevcProfile, readHevcProfile } from './hevc-config.ts';
import { hevcNalUnitType, hevcNalUnitTypes, hevcRbspOf } from './nal-unit.ts';
import { skipReferencePictureSets, skipScalingListData } from './sps-lists.ts';
import { type HevcVui, readHevcVui } from './vui.ts';

const structure = 'H.265 SPS';

/** Largest side and area of a picture accepted. */
const maxSide = 16384;
const maxPixels = 8192 * 8192;

/** What is used of `seq_parameter_set_rbsp` (H.265, 7.3.2.2). */
export type HevcSps = {
  readonly profile: HevcProfile;
  readonly temporalLayers: number;
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Size inside the conformance window, in luma samples. */
  readonly width: number;
  readonly height: number;
  /** `sps_max_num_reorder_pics` of the highest layer; 0 promises that nothing is reordered. */
  readonly maxReorderFrames: number;
  readonly vui: HevcVui | undefined;
};

/** Decodes an SPS NAL unit, its two header bytes included. */
export function decodeHevcSps(nalUnit: Uint8Array): HevcSps {
  if (hevcNalUnitType(nalUnit) !== hevcNalUnitTypes.sps) {
    throw new MalformedError('BAD_VALUE', structure, `NAL unit type ${hevcNalUnitType(nalUnit)}`);
  }
  const rbsp = hevcRbspOf(nalUnit);
  const bytes = new ByteReader(rbsp, structure);
  const maxSubLayers = ((bytes.u8() >>> 1) & 7) + 1;
  const profile = readHevcProfile(bytes);
  const reader = new BitReader(bytes.rest(), structure);
  skipSubLayerLevels(reader, maxSubLayers - 1);
  reader.ue(); // sps_seq_parameter_set_id
  const size = readSize(reader);
  const bitDepthLuma = readBitDepth(reader);
  const bitDepthChroma = readBitDepth(reader);
  const log2MaxPicOrderCount = reader.ue() + 4;
  if (log2MaxPicOrderCount > 16) throw new MalformedError('BAD_VALUE', structure, 'picture order count past 16 bits');
  const maxReorderFrames = readReorderFrames(reader, maxSubLayers);
  skipCodingTools(reader);
  skipReferencePictureSets(reader, log2MaxPicOrderCount);
  reader.skip(2); // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
  const vui = reader.flag() ? readHevcVui(reader) : undefined;
  return { profile, temporalLayers: maxSubLayers, ...size, bitDepthLuma, bitDepthChroma, maxReorderFrames, vui };
}

/** The rest of `profile_tier_level`: sub-layers, each with a profile of 88 bits and a level of 8. */
function skipSubLayerLevels(reader: BitReader, subLayers: number): void {
  if (subLayers === 0) return;
  let bits = 0;
  for (let i = 0; i < 8; i++) {
    const present = reader.bits(2);
    if (i < subLayers) bits += ((present >>> 1) & 1) * 88 + (present & 1) * 8;
  }
  reader.skip(bits);
}

function readSize(reader: BitReader) {
  const chromaFormat = reader.ue();
  if (chromaFormat > 3) throw new MalformedError('BAD_VALUE', structure, `chroma_format_idc ${chromaFormat}`);
  const separatePlanes = chromaFormat === 3 && reader.flag();
  const codedWidth = reader.ue();
  const codedHeight = reader.ue();
  if (codedWidth > maxSide || codedHeight > maxSide || codedWidth * codedHeight > maxPixels) {
    throw new MalformedError('TOO_LARGE', structure, `picture of ${codedWidth}x${codedHeight}`);
  }
  const window = reader.flag() ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()] : [0, 0, 0, 0];
  const [left = 0, right = 0, top = 0, bottom = 0] = window;
  const unitX = !separatePlanes && (chromaFormat === 1 || chromaFormat === 2) ? 2 : 1;
  const unitY = !separatePlanes && chromaFormat === 1 ? 2 : 1;
  const width = codedWidth - (left + right) * unitX;
  const height = codedHeight - (top + bottom) * unitY;
  if (width <= 0 || height <= 0) throw new MalformedError('BAD_VALUE', structure, 'cropped to nothing');
  return { chromaFormat, width, height };
}

function readBitDepth(reader: BitReader): number {
  const depth = reader.ue() + 8;
  if (depth > 16) throw new MalformedError('BAD_VALUE', structure, `bit depth ${depth}`);
  return depth;
}

function readReorderFrames(reader: BitReader, maxSubLayers: number): number {
  const count = reader.flag() ? maxSubLayers : 1;
  let reorder = 0;
  for (let i = 0; i < count; i++) {
    reader.ue(); // sps_max_dec_pic_buffering_minus1
    reorder = reader.ue();
    reader.ue(); // sps_max_latency_increase_plus1
  }
  return reorder;
}

function skipCodingTools(reader: BitReader): void {
  for (let i = 0; i < 6; i++) reader.ue(); // coding and transform block sizes and depths
  if (reader.flag() && reader.flag()) skipScalingListData(reader);
  reader.skip(2); // amp_enabled_flag, sample_adaptive_offset_enabled_flag
  if (reader.flag()) {
    reader.skip(8); // pcm sample bit depths
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
}
