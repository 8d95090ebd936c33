import { describe, expect, it } from 'vitest';
import { testAudioTrack, testVideoTrack } from '../live/test-packets.ts';
import { type Declared, healthVerdict } from './health-verdict.ts';
import type { PublishMeasurement } from './publish-meter.ts';

const good: PublishMeasurement = {
  seconds: 30,
  videoKbps: 3000,
  audioKbps: 128,
  fps: 30,
  keyIntervalMs: 2000,
  bitrateSwing: 2,
  stalls: 0,
  longestStallMs: 0,
  audioLeadMs: 20,
};
const both = { video: testVideoTrack(), audio: testAudioTrack() };
const declared: Declared = { frameRate: 30, hasVideo: true, hasAudio: true };

type Case = readonly [
  string,
  string,
  { measured?: Partial<PublishMeasurement>; tracks?: object; declared?: Partial<Declared>; isOverflowing?: boolean },
];

const cases: readonly Case[] = [
  ['all is well', 'good', {}],
  ['key frames every 4.1 s', 'good', { measured: { keyIntervalMs: 4100 } }],
  ['key frames every 4.2 s', 'warn KEY_FRAME_INTERVAL_LONG', { measured: { keyIntervalMs: 4200 } }],
  ['a group too long to keep', 'bad KEY_FRAME_INTERVAL_LONG', { isOverflowing: true, measured: { keyIntervalMs: 0 } }],
  ['one short stall', 'warn UPLINK_STALLS', { measured: { stalls: 1, longestStallMs: 1500 } }],
  ['one long stall', 'bad UPLINK_STALLS', { measured: { stalls: 1, longestStallMs: 3000 } }],
  ['many stalls', 'bad UPLINK_STALLS', { measured: { stalls: 4, longestStallMs: 1500 } }],
  ['a stall in the first seconds', 'warn UPLINK_STALLS', { measured: { seconds: 2, stalls: 1, longestStallMs: 1500 } }],
  ['no more pictures', 'bad NO_VIDEO', { measured: { fps: 0, videoKbps: 0 } }],
  ['video that was promised', 'bad NO_VIDEO', { tracks: { audio: both.audio }, measured: { fps: 0, videoKbps: 0 } }],
  [
    'audio alone, as declared',
    'good',
    { tracks: { audio: both.audio }, declared: { hasVideo: false }, measured: { fps: 0 } },
  ],
  ['no more sound', 'warn NO_AUDIO', { measured: { audioKbps: 0 } }],
  ['audio that was promised', 'warn NO_AUDIO', { tracks: { video: both.video }, measured: { audioKbps: 0 } }],
  [
    'video alone, as declared',
    'good',
    { tracks: { video: both.video }, declared: { hasAudio: false }, measured: { audioKbps: 0 } },
  ],
  ['a bitrate that swings', 'warn BITRATE_SWINGS', { measured: { bitrateSwing: 6.1 } }],
  ['a small bitrate that swings', 'good', { measured: { bitrateSwing: 20, videoKbps: 400 } }],
  ['a tenth of frames missing', 'good', { measured: { fps: 27 } }],
  ['more frames missing', 'warn FPS_LOW', { measured: { fps: 26.9 } }],
  ['half the frames missing', 'bad FPS_LOW', { measured: { fps: 14.9 } }],
  ['a frame rate that was not declared', 'good', { declared: { frameRate: undefined }, measured: { fps: 5 } }],
  ['audio ahead', 'warn AV_DRIFT', { measured: { audioLeadMs: 501 } }],
  ['audio behind', 'warn AV_DRIFT', { measured: { audioLeadMs: -501 } }],
  [
    'figures of too few seconds',
    'good',
    { measured: { seconds: 4, fps: 0, audioKbps: 0, audioLeadMs: 900, bitrateSwing: 9 } },
  ],
];

describe('healthVerdict', () => {
  it.each(cases)('%s: %s', (_name, expected, { measured, tracks, declared: changed, isOverflowing }) => {
    const { status, findings } = healthVerdict(
      { ...good, ...measured },
      tracks ?? both,
      { ...declared, ...changed },
      isOverflowing ?? false,
    );
    const [wantedStatus, wantedCode] = expected.split(' ');
    expect(findings.map(({ code }) => code)).toEqual(wantedCode ? [wantedCode] : []);
    expect(status).toBe(wantedStatus);
    for (const { severity, sentence, remedy } of findings) {
      expect(severity).toBe(status);
      expect(sentence).toMatch(/^[A-Z\d].*\.$/);
      expect(remedy).toMatch(/^(In OBS|Use).*\.$/);
    }
  });

  it('is as bad as its worst finding', () => {
    const { status, findings } = healthVerdict({ ...good, audioKbps: 0, fps: 10 }, both, declared, false);
    expect(status).toBe('bad');
    expect(findings.map(({ severity }) => severity).sort()).toEqual(['bad', 'warn']);
  });

  it('says which way audio is off, and by how much', () => {
    const sentenceAt = (audioLeadMs: number) =>
      healthVerdict({ ...good, audioLeadMs }, both, declared, false).findings[0]!.sentence;
    expect(sentenceAt(700.4)).toBe('Audio is 700 ms ahead of the video.');
    expect(sentenceAt(-700)).toBe('Audio is 700 ms behind the video.');
  });
});
