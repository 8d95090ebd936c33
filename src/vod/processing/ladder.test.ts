import { describe, expect, it } from 'vitest';
import { adaptiveLadder } from './ladder.ts';

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

  it('asks for no sound where there is none', () => {
    const [rung] = adaptiveLadder({ video: { width: 320, height: 180 }, hasAudio: false });
    expect(rung?.template.audio).toEqual({ isRemoved: true });
  });
});
