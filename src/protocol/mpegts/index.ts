export { type EncodedTsSegment, encodeTsSegment, type TsSegment } from './muxer.ts';
export { TS_PACKET_BYTES } from './packet.ts';
export type { TsAudioTrack, TsContinuity, TsPacket, TsTrack, TsVideoTrack } from './track.ts';
