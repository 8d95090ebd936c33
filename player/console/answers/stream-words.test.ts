import { describe, expect, it } from 'vitest';
import { readStreams } from './read-answers.ts';
import { keyFrameWords, secondsSince, trackWords, viewerWords } from './stream-words.ts';

const withTracks = (...tracks: object[]) => readStreams({ streams: [{ tracks }] })[0]!;

describe('trackWords', () => {
  it.each([
    [
      { kind: 'video', codec: 'h264', width: 1280, height: 720, fps: 29.970_029, bitrateKbps: 2400 },
      'video',
      'H.264, 1280 × 720, 29.97 fps, 2.40 Mbit/s',
    ],
    [{ kind: 'video', codec: 'hvc1' }, 'video', 'H.265'],
    [{ kind: 'audio', codec: 'aac', sampleRate: 44_100, channels: 2 }, 'audio', 'AAC, 44.1 kHz, stereo'],
    [{ kind: 'audio', codec: 'opus', sampleRate: 48_000, channels: 1 }, 'audio', 'Opus, 48 kHz, mono'],
    [{ kind: 'audio', codec: 'aac', channels: 6 }, 'audio', 'AAC, 6 channels'],
    [{ kind: 'audio', codec: 'aac' }, 'video', 'none'],
  ] as const)('%j', (track, kind, words) => {
    expect(trackWords(withTracks(track), kind)).toBe(words);
  });
});

describe('keyFrameWords', () => {
  it.each([
    [2, 'every 2.0 s'],
    [0, '–'],
    [undefined, '–'],
  ])('%s s', (seconds, words) => expect(keyFrameWords(seconds)).toBe(words));
});

describe('viewerWords', () => {
  it.each([
    [{ flv: 0, wsFlv: 0, rtmp: 0, hls: 0 }, 'none'],
    [{ flv: 2, wsFlv: 0, rtmp: 0, hls: 4 }, '6: HLS 4, FLV 2'],
    [{ flv: 0, wsFlv: 1, rtmp: 1, hls: 0 }, '2: WebSocket 1, RTMP 1'],
  ])('%j is %s', (viewers, words) => expect(viewerWords(viewers)).toBe(words));
});

describe('secondsSince', () => {
  it.each([
    ['2026-11-20T10:00:00Z', 90],
    ['2026-11-20T10:05:00Z', 0],
    ['yesterday', undefined],
    [undefined, undefined],
  ])('%s', (startedAt, seconds) => {
    expect(secondsSince(startedAt, Date.parse('2026-11-20T10:01:30Z'))).toBe(seconds);
  });
});
