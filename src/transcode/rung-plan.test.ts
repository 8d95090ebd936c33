import { describe, expect, it } from 'vitest';
import { testAudioTrack, testVideoTrack } from '../live/test-packets.ts';
import { BUILT_IN_TEMPLATES, type TemplateInput, templateSchema } from '../rules/index.ts';
import { lookAheadMsOf, planRung, scaledSize } from './rung-plan.ts';

const video = testVideoTrack({ width: 1920, height: 1080, frameRate: 30 });
const audio = testAudioTrack();
const templateOf = (input: TemplateInput) => templateSchema.parse(input);
const builtIn = (name: string) => BUILT_IN_TEMPLATES.get(name) ?? templateOf({ name });

function planned(
  template: TemplateInput | string,
  source: Parameters<typeof planRung>[1] = { tracks: { video, audio } },
) {
  const result = planRung(typeof template === 'string' ? builtIn(template) : templateOf(template), source);
  return 'plan' in result ? result.plan : result.reason;
}

describe('scaledSize', () => {
  it.each([
    [[1920, 1080], 432, [768, 432]],
    [[1080, 1920], 432, [432, 768]],
    [[1920, 1080], 648, [1152, 648]],
    [[320, 180], 432, [320, 180]],
    [[321, 181], 432, [320, 180]],
    [[321, 181], undefined, [320, 180]],
    [[1000, 1000], 360, [360, 360]],
    [[854, 480], 360, [640, 360]],
    [[4096, 64], 64, [4096, 64]],
    [[1366, 768], 433, [770, 432]],
  ] as const)('%j at %s gives %j', ([width, height], shortSide, [expectedWidth, expectedHeight]) => {
    expect(scaledSize({ width, height }, shortSide)).toEqual({ width: expectedWidth, height: expectedHeight });
  });
});

describe('planRung', () => {
  it('takes size and bits from the template, and passes the sound through', () => {
    expect(planned('lsd')).toEqual({
      name: 'lsd',
      video: { codec: 'h264', width: 768, height: 432, bitrateKbps: 680, encodedFps: 30, preset: 'veryfast' },
      audio: 'copy',
      latency: 'low',
    });
  });

  it('spends no more bits than the source has', () => {
    expect(planned('lsd', { tracks: { video, audio }, videoKbps: 300 })).toMatchObject({ video: { bitrateKbps: 300 } });
    const hevc = { ...video, codec: 'h265' } as const;
    expect(planned('lsd', { tracks: { video: hevc }, videoKbps: 300 })).toMatchObject({ video: { bitrateKbps: 480 } });
    const half = { name: 'half', video: { bitratePercent: 50 } };
    expect(planned(half, { tracks: { video }, videoKbps: 3000 })).toMatchObject({ video: { bitrateKbps: 1500 } });
  });

  it('leaves pictures out only where the source has more', () => {
    const slow = { name: 'slow', video: { fps: 15 } };
    expect(planned(slow)).toMatchObject({ video: { fps: 15 } });
    expect(planned(slow, { tracks: { video }, fps: 14.9 })).not.toHaveProperty('video.fps');
    expect(planned(slow, { tracks: { video: testVideoTrack() } })).toMatchObject({ video: { fps: 15 } });
  });

  it.each<[object, number | undefined, number | undefined, number | undefined]>([
    [{}, 30, undefined, 30],
    [{}, 30, 29.3, 30],
    [{}, 30, 24, 24],
    [{}, undefined, 24, 24],
    [{}, undefined, undefined, undefined],
    [{ fps: 10 }, 30, 30, 10],
    [{ fps: 10 }, undefined, undefined, 10],
    [{ fps: 40 }, 25, undefined, 25],
  ])('reckons for %j with what is declared (%s) where it is measured (%s): %s', (template, declared, fps, expected) => {
    const tracks = { video: testVideoTrack(declared === undefined ? {} : { frameRate: declared }) };
    const plan = planned({ name: 'a', video: template }, { tracks, ...(fps === undefined ? {} : { fps }) });
    expect(typeof plan === 'object' && typeof plan.video === 'object' && plan.video.encodedFps).toBe(expected);
  });

  it.each<[object, number | undefined, number | undefined]>([
    [{ fpsPercent: 50 }, 30, 15],
    [{ fpsPercent: 50 }, 29.97, 14.99],
    [{ fpsPercent: 50 }, undefined, 15],
    [{ fpsPercent: 50, fps: 12 }, 30, 12],
    [{ fpsPercent: 25, fps: 12 }, 30, 7.5],
    [{ fpsPercent: 100 }, 30, undefined],
    [{ fpsPercent: 5 }, 8, 1],
  ])('takes %j of %s pictures a second to be %s', (template, fps, expected) => {
    const tracks = { video: testVideoTrack() };
    const plan = planned({ name: 'a', video: template }, { tracks, ...(fps === undefined ? {} : { fps }) });
    expect(typeof plan === 'object' && typeof plan.video === 'object' && plan.video.fps).toBe(expected);
  });

  it.each([
    ['lld', 30, 0],
    ['ld', 30, 733],
    ['ld', undefined, 733],
    ['ud', 60, 367],
  ])('%s keeps pictures back for looking ahead: at %s fps for %s ms', (name, fps, ms) => {
    expect(lookAheadMsOf(builtIn(name), fps)).toBe(ms);
  });

  it('copies, makes sound alone, and leaves sound out', () => {
    expect(planned({ name: 'a', video: { codec: 'copy' } })).toMatchObject({ video: 'copy', audio: 'copy' });
    expect(planned({ name: 'a', video: 'none', audio: { codec: 'aac', channels: 1 } })).toMatchObject({
      video: undefined,
      audio: { bitrateKbps: 64, channels: 1 },
    });
    expect(planned({ name: 'a', audio: { codec: 'none' } })).toMatchObject({ audio: undefined });
    expect(planned('lsd', { tracks: { video } })).toMatchObject({ audio: undefined });
  });

  it('says what the source lacks', () => {
    expect(planned({ name: 'a', video: 'none' }, { tracks: { video } })).toBe('the source has no sound');
    expect(planned({ name: 'a', audio: { codec: 'none' } }, { tracks: { audio } })).toBe('the source has no pictures');
    expect(planned('lsd', { tracks: { audio } })).toMatchObject({ video: undefined, audio: 'copy' });
  });
});
