export { flacFrameSamples } from './frame-header.ts';
export {
  decodeFlacHeader,
  decodeStreamInfo,
  encodeDfla,
  encodeFlacHeader,
  encodeStreamInfo,
  type FlacConfig,
} from './stream-info.ts';
