import { createDecipheriv } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../src/media/index.ts';
import { ffprobe, makeFilm, openMediaTools } from '../../support/media.ts';

type Media = Awaited<ReturnType<typeof openMediaTools>>;

let media: Media;
beforeAll(async () => {
  media = await openMediaTools();
  await makeFilm(join(media.root, 'film.mp4'), { seconds: 4 });
  writeFileSync(join(media.root, 'words.srt'), '1\n00:00:00,500 --> 00:00:02,500\nHello\n');
});
afterAll(() => media.close());

const rendition = (Width: string, Bitrate: string) => ({
  input: { file: 'film.mp4' },
  template: parseTemplate({
    Container: { Format: 'mp4' },
    Video: { Codec: 'H.264', Preset: 'ultrafast', Width, Bitrate },
  }),
});
const output = (object: string) => ({ storage: 'disk', object });

describe('an adaptive package', () => {
  it.each(['ts', 'fmp4'] as const)(
    'of HLS in %s lists renditions whose segments begin at the same times, and subtitles',
    async (segmentType) => {
      const subtitles = [{ place: { file: 'words.srt' }, language: 'en', name: 'English' }];
      const task = {
        format: 'm3u8',
        segmentSeconds: 1,
        segmentType,
        subtitles,
        output: output(`${segmentType}/film.m3u8`),
      } as const;
      const made = await media.tools.adaptive(
        [rendition('160', '200'), rendition('320', '500')],
        task,
        await media.work(),
      );
      const folder = join(media.disk, segmentType);
      const list = readFileSync(join(folder, 'film.m3u8'), 'utf8');
      expect(list).toMatch(/RESOLUTION=160x90.*CODECS="avc1\.[0-9a-f]+,mp4a\.40\.2".*SUBTITLES="text"\nfilm\/0\.m3u8/);
      expect(list).toMatch(/TYPE=SUBTITLES.*LANGUAGE="en".*URI="film\/text-0\.m3u8"/);
      const lengths = ['0', '1'].map((name) =>
        readFileSync(join(folder, `film/${name}.m3u8`), 'utf8').match(/#EXTINF:[\d.]+/g),
      );
      expect(lengths[0]).toHaveLength(4);
      expect(lengths[1]).toEqual(lengths[0]);
      for (const name of ['0', '1'])
        expect((await ffprobe(join(folder, `film/${name}.m3u8`))).streams).toMatchObject([
          { nb_read_packets: '100' },
          { codec_name: 'aac' },
        ]);
      expect(readFileSync(join(folder, 'film/text-0.vtt'), 'utf8')).toContain('Hello');
      expect(made.objects.every((object) => object.startsWith(`${segmentType}/film`))).toBe(true);
      expect(made.renditions).toMatchObject([{ width: 160 }, { width: 320 }]);
    },
  );

  it('of DASH leads to segments that are there', async () => {
    const task = { format: 'mpd', segmentSeconds: 1, output: output('dash/film.mpd') } as const;
    await media.tools.adaptive([rendition('160', '200'), rendition('320', '500')], task, await media.work());
    const { streams } = await ffprobe(join(media.disk, 'dash/film.mpd'));
    expect(streams.map(({ codec_name, width }) => [codec_name, width])).toEqual([
      ['h264', 160],
      ['h264', 320],
      ['aac', undefined],
    ]);
    expect(readdirSync(join(media.disk, 'dash/film')).filter((name) => name.startsWith('init-'))).toHaveLength(3);
  });

  it('is made of files that are there, as they are', async () => {
    const single = await media.tools.transcode(
      { ...rendition('160', '200'), output: output('single.mp4') },
      await media.work(),
    );
    const task = { format: 'm3u8', output: output('again/film.m3u8') } as const;
    const made = await media.tools.package([{ storage: 'disk', object: single.object }], task, await media.work());
    expect(made.durationSeconds).toBeCloseTo(4, 1);
    expect((await ffprobe(join(media.disk, 'again/film.m3u8'))).streams).toHaveLength(2);
  });
});

describe('encrypted HLS', () => {
  it('can be read with its key, which is not published', async () => {
    const template = parseTemplate({ Container: { Format: 'm3u8' }, Video: { Codec: 'H.264', Preset: 'ultrafast' } });
    const encryption = { hexKey: '00112233445566778899aabbccddeeff', keyUri: 'https://keys.example.com/1' };
    const made = await media.tools.transcode(
      { input: { file: 'film.mp4' }, template, encryption, output: output('safe/film.m3u8') },
      await media.work(),
    );
    expect(readFileSync(join(media.disk, 'safe/film.m3u8'), 'utf8')).toContain(
      '#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example.com/1"',
    );
    const segment = readFileSync(join(media.disk, 'safe/film/film-00001.ts'));
    expect(segment[0]).not.toBe(0x47);
    const iv = Buffer.alloc(16);
    iv[15] = 1;
    const open = createDecipheriv('aes-128-cbc', Buffer.from(encryption.hexKey, 'hex'), iv);
    const clear = Buffer.concat([open.update(segment), open.final()]);
    expect([clear[0], clear[188]]).toEqual([0x47, 0x47]);
    expect(made.objects).toEqual(['safe/film.m3u8', 'safe/film/film-00001.ts']);
    const mp4 = {
      input: { file: 'film.mp4' },
      template: parseTemplate({ Container: { Format: 'mp4' } }),
      encryption,
      output: output('safe.mp4'),
    };
    await expect(media.tools.transcode(mp4, await media.work())).rejects.toThrow(/Encryption.Type/);
  });
});
