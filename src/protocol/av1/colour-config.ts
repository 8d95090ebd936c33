import type { BitReader } from '../bytes/index.ts';

/** `color_config` (AV1, 5.5.2); code points of ISO/IEC 23091-2. */
export type Av1Colour = {
  readonly bitDepth: 8 | 10 | 12;
  readonly isMonochrome: boolean;
  readonly chromaSubsamplingX: boolean;
  readonly chromaSubsamplingY: boolean;
  readonly chromaSamplePosition: number;
  readonly isFullRange: boolean;
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
};

type Sampling = Pick<Av1Colour, 'isFullRange' | 'chromaSubsamplingX' | 'chromaSubsamplingY' | 'chromaSamplePosition'>;

export function readColourConfig(reader: BitReader, profile: number): Av1Colour {
  const isHighBitDepth = reader.flag();
  const bitDepth = !isHighBitDepth ? 8 : profile === 2 && reader.flag() ? 12 : 10;
  const isMonochrome = profile !== 1 && reader.flag();
  const [primaries, transfer, matrix] = reader.flag() ? [reader.bits(8), reader.bits(8), reader.bits(8)] : [2, 2, 2];
  const isSrgb = !isMonochrome && primaries === 1 && transfer === 13 && matrix === 0;
  const sampling = isSrgb
    ? { isFullRange: true, chromaSubsamplingX: false, chromaSubsamplingY: false, chromaSamplePosition: 0 }
    : readSampling(reader, profile, bitDepth, isMonochrome);
  return { bitDepth, isMonochrome, primaries, transfer, matrix, ...sampling };
}

function readSampling(reader: BitReader, profile: number, bitDepth: number, isMonochrome: boolean): Sampling {
  const isFullRange = reader.flag();
  if (isMonochrome) {
    return { isFullRange, chromaSubsamplingX: true, chromaSubsamplingY: true, chromaSamplePosition: 0 };
  }
  let chromaSubsamplingX = profile !== 1;
  let chromaSubsamplingY = profile === 0;
  if (profile === 2 && bitDepth === 12) {
    chromaSubsamplingX = reader.flag();
    chromaSubsamplingY = chromaSubsamplingX && reader.flag();
  }
  const chromaSamplePosition = chromaSubsamplingX && chromaSubsamplingY ? reader.bits(2) : 0;
  return { isFullRange, chromaSubsamplingX, chromaSubsamplingY, chromaSamplePosition };
}
