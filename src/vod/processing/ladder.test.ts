import { describe, expect, it } from 'vitest';
import { adaptiveLadder, adaptiveMp4Ladder } from './ladder.ts';

const sizes = (width: number, height: number) =>
  adaptiveLadder({ video: { width, height }, hasAudio: true }).map(
    ({ definition, template: { video } }) => `${definition} ${video.width}x${video.height}`,
  );

describe('adaptiveLadder', () => {
  it.each([
    [3840, 2160, ['LD 640x360', 'SD 1280x720', 'HD 1920x1080']],
    [1920, 1080, ['LD 640x360', 'SD 1280x720', 'HD 1920x1080']],
    [1280, 720, ['LD 640x360', 'SD 1280x720']],
    [1280, 722, ['LD 638x360', 'SD 1276x720']],
    [854, 480, ['LD 640x360', 'SD 854x480']],
    [640, 360, ['LD 640x360']],
    [640, 400, ['LD 576x360']],
    [320, 180, ['LD 320x180']],
    [1080, 1920, ['LD 360x640', 'SD 720x1280', 'HD 1080x1920']],
    [1440, 900, ['LD 576x360', 'SD 1152x720', 'HD 1440x900']],
  ])('of %i x %i', (width, height, expected) => expect(sizes(width, height)).toEqual(expected));

  it('has one rendition of sound alone, and none of nothing', () => {
    expect(adaptiveLadder({ hasAudio: true })).toMatchObject([{ definition: 'SQ', template: { container: 'm3u8' } }]);
    expect(adaptiveLadder({ hasAudio: false })).toEqual([]);
  });

  it('has an MP4 of at most 720 lines beside HLS where that is asked for', () => {
    const of = (video?: { width: number; height: number }) =>
      adaptiveMp4Ladder({ ...(video && { video }), hasAudio: true }).map(
        ({ definition, template: { container, video: pictures } }) =>
          `${definition} ${container} ${pictures.height ?? 0}`,
      );
    expect(of({ width: 1920, height: 1080 })).toEqual(['LD m3u8 360', 'SD m3u8 720', 'HD m3u8 1080', 'SD mp4 720']);
    expect(of({ width: 640, height: 360 })).toEqual(['LD m3u8 360', 'LD mp4 360']);
    expect(of()).toEqual(['SQ m3u8 0', 'SQ m4a 0']);
    expect(adaptiveMp4Ladder({ hasAudio: false })).toEqual([]);
  });

  it('asks for no sound where there is none', () => {
    const [rung] = adaptiveLadder({ video: { width: 320, height: 180 }, hasAudio: false });
    expect(rung?.template.audio).toEqual({ isRemoved: true });
  });
});
