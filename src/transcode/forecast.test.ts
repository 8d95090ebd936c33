import { describe, expect, it } from 'vitest';
import type { Encoders } from '../ffmpeg/index.ts';
import type { Rendition, Stream } from '../live/index.ts';
import { testAudioTrack, testVideoTrack } from '../live/test-packets.ts';
import { type TemplateInput, templateSchema } from '../rules/index.ts';
import { forecastOf } from './forecast.ts';
import { Rung } from './rung.ts';

const video = testVideoTrack({ width: 1920, height: 1080, frameRate: 30, codecString: 'avc1.640028' });
const audio = testAudioTrack();
const FACTS = { tracks: { video, audio }, videoKbps: 4000, fps: 30 };
const ID = { domain: 'default', app: 'live', name: 'demo_own' };
const software: Encoders = { kind: 'software', available: new Set(['libx264', 'libx265']) };
const ALL = { hasFfmpeg: true, encoders: software };

const rungOf = (template: Partial<TemplateInput>, stream?: Partial<Stream>) => {
  const rendition = { id: ID, stream, stop() {} } as unknown as Rendition;
  return new Rung(templateSchema.parse({ name: 'own', ...template }), rendition, true);
};

describe('forecastOf', () => {
  it.each<[string, Partial<TemplateInput>, object]>([
    [
      'H.264',
      { video: { shortSide: 432, bitrateKbps: 680 } },
      { codecs: ['avc1.64001e', 'mp4a.40.2'], resolution: { width: 768, height: 432 }, frameRate: 30 },
    ],
    [
      'H.265 with sound of its own',
      { video: { codec: 'h265', shortSide: 720, fps: 15 }, audio: { codec: 'aac' } },
      { codecs: ['hvc1.1.6.L93.90', 'mp4a.40.2'], resolution: { width: 1280, height: 720 }, frameRate: 15 },
    ],
    [
      'pictures as they are, without sound',
      { video: { codec: 'copy' }, audio: { codec: 'none' } },
      { codecs: ['avc1.640028'], resolution: { width: 1920, height: 1080 }, averageBitrate: 4_120_000 },
    ],
    ['sound alone', { video: 'none' }, { codecs: ['mp4a.40.2'] }],
  ])('%s', (_what, template, expected) => {
    const forecast = forecastOf(rungOf(template), FACTS, ALL);
    expect(forecast).toMatchObject({ template: 'own', id: ID, isAvailable: true, ...expected });
    expect(forecast?.peakBitrate).toBeGreaterThanOrEqual(forecast?.averageBitrate ?? 0);
  });

  it('says of what runs what it is', () => {
    const track = testVideoTrack({ width: 768, height: 432, codecString: 'avc1.42c01e' });
    const stream = { tracks: { video: track, audio } } as Partial<Stream>;
    const forecast = forecastOf(rungOf({ video: { shortSide: 432 } }, stream), FACTS, ALL);
    expect(forecast?.codecs).toEqual(['avc1.42c01e', 'mp4a.40.2']);
  });

  it.each<[string, Partial<TemplateInput>, object, object]>([
    ['an encoder that FFmpeg lacks', { video: { codec: 'av1' } }, FACTS, ALL],
    ['pictures of a source without', { audio: { codec: 'none' } }, { tracks: { audio } }, ALL],
    ['any encoding without FFmpeg', { video: {} }, FACTS, { ...ALL, hasFfmpeg: false }],
  ])('has no forecast of %s', (_what, template, facts, means) => {
    expect(forecastOf(rungOf(template), facts as typeof FACTS, means as typeof ALL)).toBeUndefined();
  });

  it('says that a rung is not to be had while it is shed', () => {
    const rung = rungOf({ video: { shortSide: 432 } });
    rung.shed(0, 'the machine is too slow for it');
    expect(forecastOf(rung, FACTS, ALL)?.isAvailable).toBe(false);
  });
});
