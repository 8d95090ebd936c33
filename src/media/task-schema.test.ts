import { describe, expect, it } from 'vitest';
import { donePartSchema, partSchema, splitSourceSchema, taskSchema } from './task-schema.ts';
import { PRESETS, parseTemplate } from './template/index.ts';

const ALL = {
  Container: { Format: 'm3u8' },
  Video: {
    ...{ Codec: 'H.264', Profile: 'high', Bitrate: '800', BitrateBnd: { Max: '900', Min: '100' }, Bufsize: '2000' },
    ...{ Width: '640', Height: '360', LongShortMode: 'true', Fps: '25', MaxFps: '60', Gop: '4s', Preset: 'fast' },
    ...{
      ScanMode: 'progressive',
      PixFmt: 'yuv420p',
      Crop: 'border',
      Pad: '640:360:0:0',
      Hdr2sdr: 'true',
      Degrain: '3',
    },
  },
  Audio: {
    ...{ Codec: 'AAC', Profile: 'aac_low', Samplerate: '48000', Bitrate: '128', Channels: '2', NoiseReduction: '12' },
    Volume: { Method: 'dynamic' },
  },
  MuxConfig: {
    Segment: { Duration: '4', Format: 'fmp4' },
    Gif: { Loop: '0', DitherMode: 'bayer' },
    Webp: { Loop: '1' },
  },
  TransConfig: { TransMode: 'CBR', AdjDarMethod: 'pad', IsCheckReso: 'true', IsCheckVideoBitrateFail: 'true' },
};
const task = {
  ...{ input: { file: 'a.mp4' }, output: { storage: 's', object: 'b.mp4' }, template: parseTemplate(ALL) },
  watermarks: [
    { corner: 'TopLeft', dx: 0.1, dy: 3, image: { storage: 's', object: 'logo.png' }, opacity: 0.5 },
    { corner: 'TopLeft', dx: 0, dy: 0, text: "it's", fontSize: 20, color: 'ffffff', timeline: { startSeconds: 1 } },
  ],
  ...{ clip: { seekSeconds: 1 }, rotate: 90, merge: [{ place: { url: 'https://a.test/' } }], audioTrack: 1 },
  ...{ burnedSubtitles: { track: 0 }, subtitles: [{ place: { file: 'a.srt' }, language: 'en' }] },
};

describe('a task that comes back', () => {
  it('is taken as parseTemplate makes it, each preset too', () => {
    expect(taskSchema.parse(task)).toEqual(task);
    for (const { json } of PRESETS.values()) {
      const template = parseTemplate(json);
      expect(taskSchema.parse({ ...task, template }).template).toEqual(template);
    }
  });

  const INTO = '12:textfile=/etc/passwd';
  it.each([
    ['watermarks.1.fontSize', INTO],
    ['watermarks.1.color', `ffffff${INTO}`],
    ['watermarks.1.timeline.startSeconds', "0)':textfile=/etc/passwd"],
    ['watermarks.0.opacity', INTO],
    ['watermarks.0.dx', '1,movie=a'],
    ['template.video.fps', '25,drawtext=textfile=/etc/passwd'],
    ['template.video.crop', { width: '1:1,movie=a', height: 2, x: 0, y: 0 }],
    ['template.video.degrain', '1,movie=a'],
    ['template.video.preset', '/etc/x.preset'],
    ['template.video.filter', 'movie=a'],
    ['template.audio.loudness.integrated', '-20,amovie=a'],
    ['template.gif.dither', 'none,movie=a'],
    ['template.container', 'tee'],
    ['rotate', '90,movie=a'],
    ['clip.seekSeconds', '1'],
    ['encryption', { hexKey: '00', keyUri: 'a' }],
  ])('is refused where %s is %s', (path, value) => {
    expect(taskSchema.safeParse(withValue(task, path.split('.'), value)).success).toBe(false);
  });

  it('has parts of whole numbers', () => {
    const piece = { kind: 'piece', of: [0], index: 1, startTicks: 5, endTicks: 9, pictures: 4 };
    expect(partSchema.parse(piece)).toEqual(piece);
    expect(partSchema.safeParse({ ...piece, startTicks: '0,movie=a' }).success).toBe(false);
    const source = { timeBase: { num: 1, den: 90_000 }, startTicks: -5, firstTicks: 0 };
    expect(splitSourceSchema.parse(source)).toEqual(source);
    expect(splitSourceSchema.safeParse({ ...source, startTicks: '0,movie=a' }).success).toBe(false);
    const done = { kind: 'piece', index: 0, files: { 0: { storage: 's', object: 'a' } } };
    expect(donePartSchema.parse(done)).toEqual(done);
    expect(donePartSchema.safeParse({ ...done, index: '../x' }).success).toBe(false);
  });
});

/** A copy with something else at one place. */
function withValue(whole: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const copy = (Array.isArray(whole) ? [...whole] : { ...(whole as object) }) as Record<string, unknown>;
  copy[name] = withValue(copy[name], rest, value);
  return copy;
}
