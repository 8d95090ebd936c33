import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTemplate, type TranscodeTask } from '../../../src/media/index.ts';
import { ffmpeg, ffprobe, makeFilm, openMediaTools } from '../../support/media.ts';

type Media = Awaited<ReturnType<typeof openMediaTools>>;

let media: Media;
const SRT = '1\n00:00:00,500 --> 00:00:02,500\nHello & welcome\n';
const fast = { Codec: 'H.264', Preset: 'ultrafast', Crf: '20' };

beforeAll(async () => {
  media = await openMediaTools();
  await makeFilm(join(media.root, 'film.mp4'), { seconds: 4 });
  await ffmpeg(
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    'color=black:size=320x180:rate=25:duration=4',
    '-c:v',
    'libx264',
    '-pix_fmt',
    'yuv420p',
    join(media.root, 'black.mp4'),
  );
  await ffmpeg(
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    'color=white:size=40x20',
    '-frames:v',
    '1',
    join(media.root, 'logo.png'),
  );
  writeFileSync(join(media.root, 'words.srt'), SRT);
});
afterAll(() => media.close());

async function make(object: string, more: Partial<TranscodeTask> & { json?: object }) {
  const { json = {}, ...rest } = more;
  const template = parseTemplate({ Container: { Format: 'mp4' }, Video: fast, ...json });
  const task = { input: { file: 'film.mp4' }, template, output: { storage: 'disk', object }, ...rest };
  return { output: await media.tools.transcode(task, await media.work()), file: join(media.disk, object) };
}

/** Brightness of a part of the picture at a time, 0 to 255. */
function light(file: string, seconds: number, crop: string): number {
  const filter = `crop=${crop},scale=1:1:flags=area,format=gray`;
  const args = [
    '-v',
    'error',
    '-ss',
    String(seconds),
    '-i',
    file,
    '-vf',
    filter,
    '-frames:v',
    '1',
    '-f',
    'rawvideo',
    '-',
  ];
  return execFileSync('ffmpeg', args)[0] ?? -1;
}

describe('a clip', () => {
  it('is as long as it is asked for, and begins where it is asked for', async () => {
    const { output } = await make('clip.mp4', { clip: { seekSeconds: 1.2, durationSeconds: 1.5 } });
    expect(output.durationSeconds).toBeCloseTo(1.5, 1);
    const tail = await make('tail.mp4', { clip: { seekSeconds: 1, cutTailSeconds: 1 } });
    expect(tail.output.durationSeconds).toBeCloseTo(2, 1);
    await expect(make('none.mp4', { clip: { seekSeconds: 9 } })).rejects.toMatchObject({ code: 'CLIP_OUTSIDE' });
  });
});

describe('parts that are merged', () => {
  it('come one after the other, in the size of the first, whatever they lack', async () => {
    const merge = [
      { place: { file: 'black.mp4' }, durationSeconds: 1 },
      { place: { file: 'film.mp4' }, seekSeconds: 3 },
    ];
    const { output, file } = await make('merged.mp4', { merge });
    expect(output.durationSeconds).toBeCloseTo(6, 1);
    expect([
      light(file, 0.5, 'iw:ih:0:0') > 60,
      light(file, 4.5, 'iw:ih:0:0') < 30,
      light(file, 5.5, 'iw:ih:0:0') > 60,
    ]).toEqual([true, true, true]);
    expect((await ffprobe(file)).streams.map(({ codec_name }) => codec_name)).toEqual(['h264', 'aac']);
  });
});

describe('pictures', () => {
  it('are turned, cropped and padded', async () => {
    const size = async (file: string) => {
      const { streams } = await ffprobe(file);
      return [streams[0]?.width, streams[0]?.height];
    };
    expect(await size((await make('turned.mp4', { rotate: 90 })).file)).toEqual([180, 320]);
    expect(
      await size((await make('cropped.mp4', { json: { Video: { ...fast, Crop: '100:80:10:10' } } })).file),
    ).toEqual([100, 80]);
    expect(await size((await make('padded.mp4', { json: { Video: { ...fast, Pad: '400:300:40:60' } } })).file)).toEqual(
      [400, 300],
    );
    const square = { Video: { ...fast, Width: '128', Height: '128' } };
    const bars = await make('bars.mp4', { json: { ...square, TransConfig: { AdjDarMethod: 'pad' } } });
    expect(await size(bars.file)).toEqual([128, 128]);
    expect(light(bars.file, 1, 'iw:10:0:0')).toBeLessThan(30);
    const full = await make('full.mp4', { json: { ...square, TransConfig: { AdjDarMethod: 'crop' } } });
    expect(light(full.file, 1, 'iw:10:0:0')).toBeGreaterThan(30);
  });

  it('lose black borders where the template says so', async () => {
    await ffmpeg(
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=320x120:rate=25:duration=2,pad=320:180:0:30',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      join(media.root, 'wide.mp4'),
    );
    const { output } = await make('wide.mp4', {
      input: { file: 'wide.mp4' },
      json: { Video: { ...fast, Crop: 'border' } },
    });
    expect(output).toMatchObject({ width: 320, height: 120 });
  });
});

describe('watermarks', () => {
  it('are drawn in their corner, at their size, while they are to be seen', async () => {
    const watermarks = [
      {
        image: { file: 'logo.png' },
        corner: 'TopRight',
        dx: 10,
        dy: 10,
        width: 40,
        timeline: { startSeconds: 0, durationSeconds: 1 },
      },
      { text: "50% of %{pts} 'quoted': \\n", fontSize: 24, color: 'FFFFFF', corner: 'BottomLeft', dx: 5, dy: 5 },
    ] as const;
    const { file } = await make('marked.mp4', { input: { file: 'black.mp4' }, watermarks });
    expect(light(file, 0.5, '40:20:270:10')).toBeGreaterThan(200);
    expect(light(file, 2, '40:20:270:10')).toBeLessThan(30);
    expect(light(file, 2, '100:30:5:145')).toBeGreaterThan(25);
    expect(light(file, 2, '100:30:5:5')).toBeLessThan(20);
  });
});

describe('subtitles', () => {
  it('are drawn into the pictures, and written beside them as WebVTT', async () => {
    const source = { place: { file: 'words.srt' }, language: 'en', name: 'English' };
    const { output, file } = await make('said.mp4', {
      input: { file: 'black.mp4' },
      burnedSubtitles: source,
      subtitles: [source],
    });
    expect(light(file, 1.5, '160:30:80:150')).toBeGreaterThan(4);
    expect(light(file, 3.5, '160:30:80:150')).toBeLessThan(2);
    expect(output.subtitles).toEqual([{ object: 'said.en.vtt', language: 'en', name: 'English' }]);
    expect(readFileSync(join(media.disk, 'said.en.vtt'), 'utf8')).toContain('00:00.500 --> 00:02.500\nHello & welcome');
  });
});

describe('sound', () => {
  it('is brought to a loudness, and to a peak', async () => {
    const volume = async (file: string) =>
      Number(
        /max_volume: (-?[\d.]+)/.exec(await ffmpeg('-i', file, '-af', 'volumedetect', '-vn', '-f', 'null', '-'))?.[1],
      );
    const peak = await make('peak.wav', {
      json: { Container: { Format: 'wav' }, Video: {}, Audio: { Volume: { Method: 'linear', PeakLevel: '-3' } } },
    });
    expect(Math.abs((await volume(peak.file)) + 3)).toBeLessThan(0.6);
    const target = await make('target.mp4', {
      json: { Audio: { NoiseReduction: '12', Volume: { Method: 'dynamic', IntegratedLoudnessTarget: '-30' } } },
    });
    expect(await volume(target.file)).toBeLessThan(-15);
  });
});

describe('two passes and a constant rate', () => {
  it('come near to the bitrate that is asked for', async () => {
    const twice = await make('twice.mp4', {
      json: { Video: { ...fast, Crf: '', Bitrate: '300' }, TransConfig: { TransMode: 'twopass' } },
    });
    const [stream] = (await ffprobe(twice.file)).streams as unknown as { bit_rate: string }[];
    expect(Number(stream?.bit_rate) / 1000).toBeGreaterThan(200);
    expect(Number(stream?.bit_rate) / 1000).toBeLessThan(400);
    const { output } = await make('same.mp4', {
      json: { Video: { ...fast, Crf: '', Bitrate: '300' }, TransConfig: { TransMode: 'CBR' } },
    });
    expect(output.bitsPerSecond).toBeGreaterThan(250_000);
  });
});
