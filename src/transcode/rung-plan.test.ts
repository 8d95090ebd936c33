import { describe, expect, it } from 'vitest';
import { testAudioTrack, testVideoTrack } from '../live/test-packets.ts';
import { BUILT_IN_TEMPLATES, type TemplateInput, templateSchema } from '../rules/index.ts';
import { planRung, scaledSize } from './rung-plan.ts';

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
      video: { codec: 'h264', width: 768, height: 432, bitrateKbps: 680, preset: 'veryfast' },
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
