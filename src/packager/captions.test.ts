import { describe, expect, it } from 'vitest';
import { publishAll, testAudioTrack, testPackets, testStream, testVideoTrack } from '../live/test-packets.ts';
import { hasNoCaptions } from './captions.ts';
import { frameRateOf } from './frame-rate.ts';
import { SegmentWindow } from './segment-window.ts';

const CAPTIONS = [0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03, 0xc1, 0xff];
const sei = (type: number, payload: readonly number[]) => {
  const unit = [...(type === 6 ? [6] : [type << 1, 1]), 4, payload.length, ...payload, 0x80];
  return Uint8Array.of(0, 0, 0, unit.length, ...unit);
};

/** The window of a stream whose pictures each have something before them. */
function windowOf(tracks: Parameters<typeof publishAll>[1], before: Uint8Array, fps = 25) {
  const { stream } = testStream();
  const options = { stream, windowSegments: 6, partMs: 300, segmentMs: 2000, maxBytes: 1e9 };
  const window = new SegmentWindow(options);
  const packets = testPackets({ tracks, toMs: 5000, fps }).map((packet) =>
    packet.kind === 'video' ? { ...packet, data: Uint8Array.of(...before, ...packet.data) } : packet,
  );
  publishAll(stream, tracks, packets);
  return window;
}

const none = new Uint8Array();
const video = testVideoTrack();
const h265 = testVideoTrack({ codec: 'h265', config: new Uint8Array(23).fill(0xff) });
const audio = testAudioTrack();

describe('hasNoCaptions', () => {
  it.each<[string, Parameters<typeof publishAll>[1], Uint8Array, boolean]>([
    ['pictures alone', { video }, none, true],
    ['H.264 with captions', { video, audio }, sei(6, CAPTIONS), false],
    ['H.264 with other information', { video }, sei(6, [0xb5, 0, 0x31, 0x44, 0x54, 0x47, 0x31]), true],
    ['H.265 with captions', { video: h265 }, sei(39, CAPTIONS), false],
    ['H.265 without', { video: h265 }, none, true],
    ['a codec that is not looked into', { video: testVideoTrack({ codec: 'av1' }) }, none, false],
    ['sound alone', { audio }, none, true],
    ['what is cut off', { video }, Uint8Array.of(0, 0, 9), false],
  ])('%s', (_what, tracks, before, expected) => {
    const segment = windowOf(tracks, before).listed().at(-1)!;
    expect(hasNoCaptions(segment)).toBe(expected);
    expect(hasNoCaptions(segment)).toBe(expected);
  });
});

describe('frameRateOf', () => {
  it.each<[string, number | undefined, number, number | undefined]>([
    ['as counted where nothing is declared', undefined, 25, 25],
    ['as declared where that is about true', 24.9, 25, 24.9],
    ['as counted where what is declared is a clock', 500, 25, 25],
    ['as declared where there are too few to count', 2, 2, 2],
  ])('%s', (_what, declared, fps, expected) => {
    const track = testVideoTrack(declared === undefined ? {} : { frameRate: declared });
    expect(frameRateOf(windowOf({ video: track }, none, fps))).toBe(expected);
  });
});
