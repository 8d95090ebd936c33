import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTemplate, type TranscodeTask } from '../../../src/media/index.ts';
import { ffprobe, makeFilm, openMediaTools } from '../../support/media.ts';

type Media = Awaited<ReturnType<typeof openMediaTools>>;

let media: Media;
beforeAll(async () => {
  media = await openMediaTools();
  await makeFilm(join(media.root, 'film.mp4'));
});
afterAll(() => media.close());

const fast = { Codec: 'H.264', Preset: 'ultrafast' };
const task = (template: unknown, object: string, more: Partial<TranscodeTask> = {}): TranscodeTask => ({
  input: { file: 'film.mp4' },
  template: parseTemplate(template),
  output: { storage: 'disk', object },
  ...more,
});

describe('transcode', () => {
  it('makes an MP4 of the size that is asked for, told how far it is', async () => {
    const percents: number[] = [];
    const run = await media.work({ progress: (percent) => percents.push(percent) });
    const template = { Container: { Format: 'mp4' }, Video: { ...fast, Width: '160', Crf: '30' } };
    const output = await media.tools.transcode(task(template, 'a/small.mp4'), run);
    const { streams } = await ffprobe(join(media.disk, 'a/small.mp4'));
    expect(streams).toMatchObject([
      { codec_name: 'h264', width: 160, height: 90, nb_read_packets: '75' },
      { codec_name: 'aac', channels: 1 },
    ]);
    expect(output).toMatchObject({
      object: 'a/small.mp4',
      width: 160,
      height: 90,
      fps: 25,
      isRemuxed: { video: false, audio: false },
    });
    expect(output.durationSeconds).toBeCloseTo(3, 1);
    expect(percents.at(-1)).toBeGreaterThan(90);
  });

  it('makes HLS whose playlist leads to its segments, one every GOP', async () => {
    const template = { Container: { Format: 'm3u8' }, Video: fast, MuxConfig: { Segment: { Duration: '1' } } };
    const output = await media.tools.transcode(task(template, 'b/film'), await media.work());
    const playlist = readFileSync(join(media.disk, 'b/film.m3u8'), 'utf8');
    expect(playlist.match(/^film\/film-\d{5}\.ts$/gm)).toEqual([
      'film/film-00001.ts',
      'film/film-00002.ts',
      'film/film-00003.ts',
    ]);
    expect(output.objects).toEqual([
      'b/film.m3u8',
      'b/film/film-00001.ts',
      'b/film/film-00002.ts',
      'b/film/film-00003.ts',
    ]);
    const { streams } = await ffprobe(join(media.disk, 'b/film.m3u8'));
    expect(streams).toMatchObject([{ codec_name: 'h264', nb_read_packets: '75' }, { codec_name: 'aac' }]);
  });

  it('takes over what fits already', async () => {
    const template = {
      Container: { Format: 'mp4' },
      Video: { Codec: 'H.264', Bitrate: '90000' },
      Audio: { Codec: 'AAC', Bitrate: '128' },
    };
    const output = await media.tools.transcode(task(template, 'c.mp4'), await media.work());
    expect(output.isRemuxed).toEqual({ video: true, audio: true });
  });

  it('refuses a name that is taken by something else, and knows its own output again', async () => {
    const template = { Container: { Format: 'mp4' }, Video: { ...fast, Width: '160' } };
    const first = await media.tools.transcode(task(template, 'd.mp4'), await media.work());
    const again = await media.tools.transcode(task(template, 'd.mp4'), await media.work());
    expect(again.sha256).toBe(first.sha256);
    const other = task({ Container: { Format: 'mp4' }, Video: { ...fast, Width: '128' } }, 'd.mp4');
    await expect(media.tools.transcode(other, await media.work())).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    const version = await media.tools.transcode({ ...other, onCollision: 'version' }, await media.work());
    expect(version.object).toBe('d-2.mp4');
  });

  it('leaves nothing behind of what failed', async () => {
    const run = await media.work();
    const missing = { ...task({ Container: { Format: 'mp4' } }, 'e.mp4'), input: { file: 'none.mp4' } };
    await expect(media.tools.transcode(missing, run)).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    expect(existsSync(join(media.disk, 'e.mp4'))).toBe(false);
    expect(
      readdirSync(media.disk)
        .filter((name) => name.startsWith('.partial'))
        .flatMap((name) => readdirSync(join(media.disk, name))),
    ).toEqual([]);
  });
});

describe('transcodeAll', () => {
  it('makes several outputs of one decoding, in the order of the tasks', async () => {
    const sizes = ['64', '128', '160'];
    const tasks = sizes.map((Width) =>
      task({ Container: { Format: 'mp4' }, Video: { ...fast, Width } }, `all/${Width}.mp4`),
    );
    const outputs = await media.tools.transcodeAll(tasks, await media.work());
    expect(outputs.map(({ object, width }) => [object, width])).toEqual([
      ['all/64.mp4', 64],
      ['all/128.mp4', 128],
      ['all/160.mp4', 160],
    ]);
  });
});
