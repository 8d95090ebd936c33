export { decodeDops, decodeOpusHead, encodeDops, encodeOpusHead, type OpusConfig } from './opus-config.ts';
export { opusPacketSamples } from './packet-duration.ts';
