import type { VideoTrack } from '../live/index.ts';
import { decodeAv1Config, findAv1SequenceHeader } from '../protocol/av1/index.ts';
import { decodeAvcConfig, decodeAvcSps } from '../protocol/h264/index.ts';
import { decodeHevcConfig, decodeHevcSps, hevcNalUnitsOfType, hevcNalUnitTypes } from '../protocol/h265/index.ts';
import type { ColourDescription } from '../protocol/nal/index.ts';
import { decodeVp9Config } from '../protocol/vp9/index.ts';

/** How colours are written in a picture: which share of red, green and blue makes luma, and the range of values. */
export type Colours = { readonly matrix: 'bt601' | 'bt709' | 'bt2020'; readonly isFullRange: boolean };

type Described = Pick<ColourDescription, 'matrix' | 'isFullRange'>;

/** `matrix_coefficients` of ISO/IEC 23091-2; those that are rare are taken for their nearest. */
const MATRICES = new Map<number, Colours['matrix']>([
  [1, 'bt709'],
  [4, 'bt601'],
  [5, 'bt601'],
  [6, 'bt601'],
  [7, 'bt709'],
  [9, 'bt2020'],
  [10, 'bt2020'],
]);
/** Pictures of so many lines are BT.709 where nothing is said, and smaller ones BT.601: so browsers see them. */
const HD_LINES = 720;

/** The colours of a key frame, as its parameter sets say. @param data the key frame */
export function coloursOf({ codec, config, height }: VideoTrack, data: Uint8Array): Colours {
  const { matrix = 2, isFullRange = false } = describedIn(codec, config, data) ?? {};
  return { matrix: MATRICES.get(matrix) ?? (height >= HD_LINES ? 'bt709' : 'bt601'), isFullRange };
}

function describedIn(codec: VideoTrack['codec'], config: Uint8Array, data: Uint8Array): Described | undefined {
  switch (codec) {
    case 'h264': {
      const [sps] = decodeAvcConfig(config).sps;
      return sps && decodeAvcSps(sps).vui?.colour;
    }
    case 'h265': {
      const [sps] = hevcNalUnitsOfType(decodeHevcConfig(config), hevcNalUnitTypes.sps);
      return sps && decodeHevcSps(sps).vui?.colour;
    }
    case 'av1':
      return findAv1SequenceHeader(data) ?? findAv1SequenceHeader(decodeAv1Config(config).configObus);
    case 'vp9':
      return decodeVp9Config(config);
  }
}
