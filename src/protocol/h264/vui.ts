import { type BitReader, MalformedError } from '../bytes/index.ts';

const structure = 'H.264 VUI';

/** Code points of ISO/IEC 23091-2 (the same numbers in `colr`, `vpcC` and Enhanced RTMP colour info). */
export type AvcColour = {
  readonly isFullRange: boolean;
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
};

/** What is used of `vui_parameters` (ISO/IEC 14496-10, E.1.1). */
export type AvcVui = {
  /** Sample aspect ratio; absent when unspecified. */
  readonly sampleAspectRatio?: { readonly width: number; readonly height: number };
  readonly colour?: AvcColour;
  /** Frames per second from `time_scale / (2 * num_units_in_tick)`. */
  readonly frameRate?: number;
  readonly isFixedFrameRate?: boolean;
  /** `max_num_reorder_frames`; 0 promises that there are no B-frames to reorder. */
  readonly maxReorderFrames?: number;
};

/** Table E-1, `aspect_ratio_idc` 1 to 16. */
const aspectRatios: readonly (readonly [number, number])[] = [
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
];

export function readVui(reader: BitReader): AvcVui {
  const sampleAspectRatio = reader.flag() ? readAspectRatio(reader) : undefined;
  if (reader.flag()) reader.flag(); // overscan
  const colour = reader.flag() ? readColour(reader) : undefined;
  if (reader.flag()) {
    reader.ue(); // chroma_sample_loc_type_top_field
    reader.ue();
  }
  const timing = reader.flag() ? readTiming(reader) : {};
  const hasNalHrd = reader.flag();
  if (hasNalHrd) skipHrd(reader);
  const hasVclHrd = reader.flag();
  if (hasVclHrd) skipHrd(reader);
  if (hasNalHrd || hasVclHrd) reader.flag(); // low_delay_hrd_flag
  reader.flag(); // pic_struct_present_flag
  const maxReorderFrames = reader.flag() ? readReorderFrames(reader) : undefined;
  return {
    ...(sampleAspectRatio && { sampleAspectRatio }),
    ...(colour && { colour }),
    ...timing,
    ...(maxReorderFrames !== undefined && { maxReorderFrames }),
  };
}

function readAspectRatio(reader: BitReader): { width: number; height: number } | undefined {
  const idc = reader.bits(8);
  const [width, height] = idc === 255 ? [reader.bits(16), reader.bits(16)] : (aspectRatios[idc - 1] ?? [0, 0]);
  return width === 0 || height === 0 ? undefined : { width, height };
}

function readColour(reader: BitReader): AvcColour {
  reader.skip(3); // video_format
  const isFullRange = reader.flag();
  if (!reader.flag()) return { isFullRange, primaries: 2, transfer: 2, matrix: 2 };
  return { isFullRange, primaries: reader.bits(8), transfer: reader.bits(8), matrix: reader.bits(8) };
}

function readTiming(reader: BitReader): Pick<AvcVui, 'frameRate' | 'isFixedFrameRate'> {
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  const isFixedFrameRate = reader.flag();
  if (unitsInTick === 0 || timeScale === 0) return {};
  return { frameRate: timeScale / (2 * unitsInTick), isFixedFrameRate };
}

function skipHrd(reader: BitReader): void {
  const count = reader.ue() + 1;
  if (count > 32) throw new MalformedError('TOO_MANY', structure, `${count} coded picture buffers`);
  reader.skip(8);
  for (let i = 0; i < count; i++) {
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
  reader.skip(20);
}

function readReorderFrames(reader: BitReader): number {
  reader.flag(); // motion_vectors_over_pic_boundaries_flag
  for (let i = 0; i < 4; i++) reader.ue();
  const maxReorderFrames = reader.ue();
  reader.ue(); // max_dec_frame_buffering
  return maxReorderFrames;
}
