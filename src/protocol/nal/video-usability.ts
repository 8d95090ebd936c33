import type { BitReader } from '../bytes/index.ts';

/** Code points of ISO/IEC 23091-2 (the same numbers in `colr`, `vpcC` and Enhanced RTMP colour info). */
export type ColourDescription = {
  readonly isFullRange: boolean;
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
};

/** What the usability information of H.264 and H.265 begins with, in both alike. */
export type VideoUsability = {
  /** Absent when unspecified. */
  readonly sampleAspectRatio?: { readonly width: number; readonly height: number };
  readonly colour?: ColourDescription;
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

/** Reads `vui_parameters` up to the chroma sample locations (ISO/IEC 14496-10, E.1.1; H.265, E.2.1). */
export function readVideoUsability(reader: BitReader): VideoUsability {
  const sampleAspectRatio = reader.flag() ? readAspectRatio(reader) : undefined;
  if (reader.flag()) reader.flag(); // overscan
  const colour = reader.flag() ? readColour(reader) : undefined;
  if (reader.flag()) {
    reader.ue(); // chroma_sample_loc_type_top_field
    reader.ue();
  }
  return { ...(sampleAspectRatio && { sampleAspectRatio }), ...(colour && { colour }) };
}

function readAspectRatio(reader: BitReader): { width: number; height: number } | undefined {
  const idc = reader.bits(8);
  const [width, height] = idc === 255 ? [reader.bits(16), reader.bits(16)] : (aspectRatios[idc - 1] ?? [0, 0]);
  return width === 0 || height === 0 ? undefined : { width, height };
}

function readColour(reader: BitReader): ColourDescription {
  reader.skip(3); // video_format
  const isFullRange = reader.flag();
  if (!reader.flag()) return { isFullRange, primaries: 2, transfer: 2, matrix: 2 };
  return { isFullRange, primaries: reader.bits(8), transfer: reader.bits(8), matrix: reader.bits(8) };
}
