export {
  type Av1Config,
  av1CodecString,
  decodeAv1Config,
  encodeAv1Config,
  findAv1SequenceHeader,
} from './av1-config.ts';
export type { Av1Colour } from './colour-config.ts';
export { type Obu, obus, obuTypes, readLeb128, withoutTemporalDelimiters } from './obu.ts';
export { type Av1SequenceHeader, decodeAv1SequenceHeader } from './sequence-header.ts';
