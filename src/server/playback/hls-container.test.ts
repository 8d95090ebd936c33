import { expect, it } from 'vitest';
import type { TrackSet } from '../../live/index.ts';
import { hlsContainerFor } from './hls-container.ts';

const VLC = 'VLC/3.0.24 LibVLC/3.0.24';
const tracks = (video: string, audio: string) => ({ video: { codec: video }, audio: { codec: audio } }) as TrackSet;
const H264 = tracks('h264', 'aac');

it.each([
  ['', undefined, H264, 'fmp4', 'fmp4'],
  ['', 'Mozilla/5.0', H264, 'ts', 'ts'],
  ['a=1&container=ts', 'Mozilla/5.0', H264, 'fmp4', 'ts'],
  ['container=mkv', 'Mozilla/5.0', H264, 'fmp4', 'fmp4'],
  ['', VLC, H264, 'fmp4', 'ts'],
  ['', VLC, {}, 'fmp4', 'ts'],
  ['', 'VLC/4.0.0 LibVLC/4.0.0', H264, 'fmp4', 'fmp4'],
  ['container=fmp4', VLC, H264, 'fmp4', 'fmp4'],
  ['', VLC, tracks('av1', 'aac'), 'fmp4', 'fmp4'],
  ['', VLC, tracks('h264', 'opus'), 'fmp4', 'fmp4'],
] as const)('hlsContainerFor %#: %s, %s', (query, userAgent, tracks, ruled, container) => {
  expect(hlsContainerFor({ query, userAgent, tracks, ruled })).toBe(container);
});
