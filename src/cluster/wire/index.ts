export { encodeFrame, type Frame, type Sign } from './frame.ts';
export { FrameReader } from './frame-reader.ts';
export { canRead, type Hello, OLDEST_READER, WIRE_VERSION } from './hello.ts';
export type { PacketFrame } from './packet.ts';
export type { RenditionFacts, RenditionsFrame } from './renditions.ts';
export type { RunningFrame } from './running.ts';
export type { TracksFrame } from './tracks.ts';
