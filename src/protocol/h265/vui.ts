import type { BitReader } from '../bytes/index.ts';

/** Code points of ISO/IEC 23091-2. */
export type HevcColour = {
  readonly isFullRange: boolean;
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
};

/** What is used of `vui_parameters` (H.265, E.2.1). */
export type HevcVui = {
  readonly sampleAspectRatio?: { readonly width: number; readonly height: number };
  readonly colour?: HevcColour;
  /** Pictures per second from `vui_time_scale / vui_num_units_in_tick`. */
  readonly frameRate?: number;
};

/** Table E.1, `aspect_ratio_idc` 1 to 16. */
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

/** Reads up to the timing information, which is all that is used. */
export function readHevcVui(reader: BitReader): HevcVui {
  const sampleAspectRatio = reader.flag() ? readAspectRatio(reader) : undefined;
  if (reader.flag()) reader.flag(); // overscan
  const colour = reader.flag() ? readColour(reader) : undefined;
  if (reader.flag()) {
    reader.ue(); // chroma_sample_loc_type_top_field
    reader.ue();
  }
  reader.skip(3); // neutral_chroma_indication_flag, field_seq_flag, frame_field_info_present_flag
  if (reader.flag()) for (let i = 0; i < 4; i++) reader.ue(); // default display window
  const frameRate = reader.flag() ? readFrameRate(reader) : undefined;
  return {
    ...(sampleAspectRatio && { sampleAspectRatio }),
    ...(colour && { colour }),
    ...(frameRate !== undefined && { frameRate }),
  };
}

function readAspectRatio(reader: BitReader): { width: number; height: number } | undefined {
  const idc = reader.bits(8);
  const [width, height] = idc === 255 ? [reader.bits(16), reader.bits(16)] : (aspectRatios[idc - 1] ?? [0, 0]);
  return width === 0 || height === 0 ? undefined : { width, height };
}

function readColour(reader: BitReader): HevcColour {
  reader.skip(3); // video_format
  const isFullRange = reader.flag();
  if (!reader.flag()) return { isFullRange, primaries: 2, transfer: 2, matrix: 2 };
  return { isFullRange, primaries: reader.bits(8), transfer: reader.bits(8), matrix: reader.bits(8) };
}

function readFrameRate(reader: BitReader): number | undefined {
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  return unitsInTick === 0 || timeScale === 0 ? undefined : timeScale / unitsInTick;
}
