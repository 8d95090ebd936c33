export { encodeTsSegment, type TsSegment } from './muxer.ts';
export { TS_PACKET_BYTES } from './packet.ts';
export type { TsAudioTrack, TsPacket, TsTrack, TsVideoTrack } from './track.ts';
