import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffmpeg, ffprobe, makeFilm, openMediaTools } from '../../support/media.ts';

type Media = Awaited<ReturnType<typeof openMediaTools>>;

let media: Media;
const input = { file: 'film.mp4' };
const output = (object: string) => ({ storage: 'disk', object });

beforeAll(async () => {
  media = await openMediaTools();
  // Red for two seconds, green for two, blue for two.
  const colours = ['red', 'green', 'blue'].flatMap((name) => [
    '-f',
    'lavfi',
    '-i',
    `color=${name}:size=320x180:rate=25:duration=2`,
  ]);
  const tone = ['-f', 'lavfi', '-i', 'sine=duration=6'];
  const graph = ['-filter_complex', '[0:v][1:v][2:v]concat=n=3[v]', '-map', '[v]', '-map', '3:a'];
  const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  await ffmpeg('-v', 'error', ...colours, ...tone, ...graph, ...coded, join(media.root, 'film.mp4'));
});
afterAll(() => media.close());

/** The colour in a part of a picture, by its strongest channel. */
function colourOf(file: string, crop = 'iw:ih:0:0'): string {
  const args = [
    '-v',
    'error',
    '-i',
    file,
    '-vf',
    `crop=${crop},scale=1:1:flags=area,format=rgb24`,
    '-frames:v',
    '1',
    '-f',
    'rawvideo',
    '-',
  ];
  const [red = 0, green = 0, blue = 0] = execFileSync('ffmpeg', args);
  const most = Math.max(red, green, blue);
  if (most < 60) return 'black';
  return most === red ? 'red' : most === green ? 'green' : 'blue';
}

describe('snapshot', () => {
  it('takes pictures at given times', async () => {
    const task = {
      input,
      moments: { times: [0.5, 3, 5.96] },
      width: 160,
      output: output('shots/{FileName}-{Count}.jpg'),
    };
    const { pictures } = await media.tools.snapshot(task, await media.work());
    expect(pictures.map(({ object }) => object)).toEqual([
      'shots/film-00001.jpg',
      'shots/film-00002.jpg',
      'shots/film-00003.jpg',
    ]);
    expect(pictures.map(({ object }) => colourOf(join(media.disk, object)))).toEqual(['red', 'green', 'blue']);
    expect((await ffprobe(join(media.disk, 'shots/film-00001.jpg'))).streams).toMatchObject([
      { width: 160, height: 90 },
    ]);
  });

  it('takes one every so often, so many evenly, and of key frames only', async () => {
    const every = { input, moments: { intervalSeconds: 2 }, output: output('every/{Count}.jpg') };
    const evenly = { input, moments: { count: 6 }, output: output('evenly/{Count}.png'), format: 'png' } as const;
    const keys = {
      input,
      moments: { times: [1.9, 3.5] },
      frameType: 'intra',
      output: output('keys/{Count}.webp'),
      format: 'webp',
    } as const;
    const colours = async (task: typeof every | typeof evenly | typeof keys) => {
      const { pictures } = await media.tools.snapshot(task, await media.work());
      return pictures.map(({ object }) => colourOf(join(media.disk, object)));
    };
    expect(await colours(every)).toEqual(['red', 'green', 'blue']);
    expect(await colours(evenly)).toEqual(['red', 'red', 'green', 'green', 'blue', 'blue']);
    expect(await colours(keys)).toEqual(['red', 'green']);
  });

  it('refuses a time after the end, and several pictures under one name', async () => {
    const late = { input, moments: { times: [60] }, output: output('late.jpg') };
    await expect(media.tools.snapshot(late, await media.work())).rejects.toMatchObject({ code: 'CLIP_OUTSIDE' });
    const one = { input, moments: { count: 2 }, output: output('one.jpg') };
    await expect(media.tools.snapshot(one, await media.work())).rejects.toThrow(/\{Count\}/);
  });
});

describe('sprite', () => {
  it('makes sheets, and a WebVTT that leads to the right cell of the right sheet', async () => {
    const task = {
      input,
      moments: { intervalSeconds: 1 },
      cellWidth: 64,
      cellHeight: 36,
      columns: 2,
      lines: 2,
      padding: 2,
      output: output('sprite/film-{Count}.jpg'),
    };
    const made = await media.tools.sprite(task, await media.work());
    expect(made).toMatchObject({
      sheets: ['sprite/film-00001.jpg', 'sprite/film-00002.jpg'],
      vtt: 'sprite/film.vtt',
      cells: 6,
    });
    const text = readFileSync(join(media.disk, 'sprite/film.vtt'), 'utf8');
    const cues = [...text.matchAll(/^(\S+) --> (\S+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm)];
    const colours = cues.map(([, , , sheet, x, y, w, h]) =>
      colourOf(join(media.disk, 'sprite', String(sheet)), `${w}:${h}:${x}:${y}`),
    );
    expect(colours).toEqual(['red', 'red', 'green', 'green', 'blue', 'blue']);
    expect(cues.map(([, from]) => from)).toEqual([0, 1, 2, 3, 4, 5].map((second) => `00:00:0${second}.000`));
    expect(cues.at(-1)?.[2]).toBe('00:00:06.000');
  });
});

describe('animation', () => {
  it('makes a GIF and a WebP of excerpts from all of the film', async () => {
    for (const format of ['gif', 'webp'] as const) {
      const task = {
        input,
        format,
        excerpts: 3,
        durationSeconds: 0.5,
        width: 80,
        fps: 10,
        output: output(`preview.${format}`),
      };
      const made = await media.tools.animation(task, await media.work());
      expect(made.sizeBytes).toBe(statSync(join(media.disk, `preview.${format}`)).size);
      if (format === 'webp') continue;
      expect(await ffprobe(join(media.disk, 'preview.gif'))).toMatchObject({
        streams: [{ codec_name: 'gif', width: 80, height: 44, nb_read_packets: expect.stringMatching(/^1[56]$/) }],
      });
    }
    const frames = readFileSync(join(media.disk, 'preview.webp')).toString('latin1').split('ANMF').length - 1;
    expect(frames).toBeGreaterThanOrEqual(3);
  });
});

describe('frame', () => {
  it('makes one picture of a film in the folder of the run', async () => {
    expect(colourOf(await media.tools.frame(input, { atSeconds: 3.2, width: 64 }, await media.work()))).toBe('green');
  });
});

describe('marks', () => {
  it('finds where nothing is heard and nothing is seen', async () => {
    const quiet = ['-f', 'lavfi', '-i', 'sine=duration=6', '-af', "volume=0:enable='between(t,1,4)'"];
    const dark = [
      '-f',
      'lavfi',
      '-i',
      "color=white:size=64x64:rate=25:duration=6,drawbox=t=fill:color=black:enable='between(t,2,3.99)'",
    ];
    await ffmpeg(
      '-v',
      'error',
      ...dark,
      ...quiet,
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-c:a',
      'aac',
      join(media.root, 'marks.mp4'),
    );
    const { silence, black } = await media.tools.marks({ file: 'marks.mp4' }, {}, await media.work());
    expect(silence).toEqual([{ fromSeconds: expect.closeTo(1, 0), toSeconds: expect.closeTo(4, 0) }]);
    expect(black).toEqual([{ fromSeconds: expect.closeTo(2, 1), toSeconds: expect.closeTo(4, 1) }]);
    const late = [
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=64x64:rate=25:duration=5',
      '-itsoffset',
      '3',
      '-f',
      'lavfi',
      '-i',
    ];
    await ffmpeg(
      '-v',
      'error',
      ...late,
      'sine=duration=2',
      '-c:v',
      'libx264',
      '-c:a',
      'aac',
      join(media.root, 'late.mp4'),
    );
    expect((await media.tools.marks({ file: 'late.mp4' }, {}, await media.work())).silence).toEqual([
      { fromSeconds: 0, toSeconds: expect.closeTo(3, 0) },
    ]);
    await makeFilm(join(media.root, 'loud.mp4'), { seconds: 1 });
    expect(await media.tools.marks({ file: 'loud.mp4' }, {}, await media.work())).toEqual({ silence: [], black: [] });
  });
});
