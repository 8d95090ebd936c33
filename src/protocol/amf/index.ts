export { decodeAmf0, encodeAmf0 } from './amf0.ts';
export {
  type Amf0Object,
  type Amf0Value,
  type AmfLimits,
  asEcmaArray,
  DEFAULT_AMF_LIMITS,
  isAmf0Object,
  isEcmaArray,
} from './value.ts';
