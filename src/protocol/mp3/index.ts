export { decodeMp3FrameHeader, type Mp3FrameHeader, mp3CodecString } from './frame-header.ts';
