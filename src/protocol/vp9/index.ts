export { vp9KeyFrameSize } from './key-frame.ts';
export { decodeVp9Config, encodeVp9Config, type Vp9Config, vp9CodecString } from './vp9-config.ts';
