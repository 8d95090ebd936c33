export {
  type AacConfig,
  type AacExtension,
  aacCodecString,
  aacOutputChannels,
  decodeAacConfig,
  encodeAacConfig,
} from './aac-config.ts';
export { type AdtsHeader, adtsHeaderBytes, decodeAdtsHeader, encodeAdtsHeader } from './adts.ts';
export { sampleRates } from './sample-rates.ts';
export { isSilentAac } from './silent-frame.ts';
