import { mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MediaLimits, parseTemplate } from '../../../src/media/index.ts';
import { ffmpeg, makeFilm, openMediaTools } from '../../support/media.ts';

type Media = Awaited<ReturnType<typeof openMediaTools>>;

let media: Media;
beforeAll(async () => {
  media = await openMediaTools();
  await makeFilm(join(media.root, 'film.mp4'), { seconds: 6, more: ['-movflags', '+faststart'] });
});
afterAll(async () => {
  // Whatever was tried, nothing is published.
  expect(readdirSync(media.disk)).toEqual([]);
  await media.close();
});

const template = parseTemplate({ Container: { Format: 'mp4' }, Video: { Codec: 'H.264', Preset: 'ultrafast' } });

async function tried(file: string, tools = media) {
  const task = { input: { file }, template, output: { storage: 'disk', object: 'out.mp4' } };
  return tools.tools.transcode(task, await tools.work());
}

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(media.root, name), content);
  return name;
}

const box = (type: string, ...content: readonly Uint8Array[]): Uint8Array => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), ...content]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length + 4);
  return Buffer.concat([size, body]);
};

describe('input that is damaged', () => {
  it('is refused with a code: empty, cut off, none at all, nothing but a name', async () => {
    write('empty.mp4', '');
    await expect(tried('empty.mp4')).rejects.toMatchObject({ code: 'INPUT_EMPTY', isFinal: true });
    write('text.mp4', 'This is no film.\n'.repeat(1000));
    await expect(tried('text.mp4')).rejects.toMatchObject({
      code: expect.stringMatching(/^INPUT_(BROKEN|NOT_MEDIA)$/),
    });
    write('half.mp4', readFileSync(join(media.root, 'film.mp4')));
    truncateSync(join(media.root, 'half.mp4'), 200_000);
    await expect(tried('half.mp4')).rejects.toMatchObject({ code: 'INPUT_BROKEN' });
    await makeFilm(join(media.root, 'tail.mp4'), { seconds: 1 });
    truncateSync(join(media.root, 'tail.mp4'), 20_000);
    await expect(tried('tail.mp4')).rejects.toMatchObject({ code: 'INPUT_BROKEN' });
    await expect(tried('gone.mp4')).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });

  it('is refused where its boxes have no size', async () => {
    const ftyp = box('ftyp', Buffer.from('isom\0\0\0\0isom'));
    const zero = Buffer.from([0, 0, 0, 0, ...Buffer.from('moov'), 0, 0, 0, 0, ...Buffer.from('trak')]);
    write('zero.mp4', Buffer.concat([ftyp, zero]));
    await expect(tried('zero.mp4')).rejects.toMatchObject({
      code: expect.stringMatching(/^INPUT_(BROKEN|LACKS_TRACK)$/),
    });
  });
});

describe('input that is more than it seems', () => {
  it('is refused with 30 000 tracks, before they cost anything', async () => {
    const tkhd = box('tkhd', Buffer.alloc(84));
    const hdlr = box('hdlr', Buffer.alloc(8), Buffer.from('vide'), Buffer.alloc(13));
    const mdhd = box('mdhd', Buffer.from('000000000000000000000000000003e8000003e855c40000', 'hex'));
    const trak = box('trak', tkhd, box('mdia', mdhd, hdlr, box('minf', box('stbl'))));
    const mvhd = box('mvhd', Buffer.alloc(100));
    const tracks = Array.from({ length: 30_000 }, () => trak);
    write('tracks.mp4', Buffer.concat([box('ftyp', Buffer.from('isom\0\0\0\0isom')), box('moov', mvhd, ...tracks)]));
    await expect(tried('tracks.mp4')).rejects.toMatchObject({
      code: expect.stringMatching(/^INPUT_(TOO_MANY_TRACKS|BROKEN)$/),
    });
  });

  it('is refused with pictures of 100 000 x 100 000 pixels, before they are decoded', async () => {
    const png = readPng(100_000, 100_000);
    write('huge.png', png);
    await expect(tried('huge.png')).rejects.toMatchObject({
      code: expect.stringMatching(/^INPUT_(TOO_LARGE|BROKEN)$/),
    });
    const small = await openMediaTools({ limits: { pixels: 320 * 180 - 1 } });
    await makeFilm(join(small.root, 'film.mp4'), { seconds: 1 });
    await expect(tried('film.mp4', small)).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' });
    await small.close();
  });

  it('is refused where it is a list of other files', async () => {
    write('list.txt', "ffconcat version 1.0\nfile 'film.mp4'\n");
    await expect(tried('list.txt')).rejects.toMatchObject({ code: 'INPUT_NOT_MEDIA' });
    write('other.sdp', 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n');
    await expect(tried('other.sdp')).rejects.toMatchObject({ code: expect.stringMatching(/^INPUT_/) });
  });
});

describe('a playlist', () => {
  it('is read where it leads to what is beside it', async () => {
    mkdirSync(join(media.root, 'hls'));
    await ffmpeg(
      '-v',
      'error',
      '-i',
      join(media.root, 'film.mp4'),
      '-c',
      'copy',
      '-f',
      'hls',
      '-hls_time',
      '2',
      '-hls_list_size',
      '0',
      join(media.root, 'hls/in.m3u8'),
    );
    expect((await media.tools.probe({ file: 'hls/in.m3u8' }, await media.work())).streams).toHaveLength(2);
  });

  it.each([
    ['file:///etc/passwd'],
    ['http://127.0.0.1:1/x.ts'],
    ['/etc/passwd'],
    ['../film.mp4'],
    ['a/..%2f..%2ffilm.mp4'],
    ['concat:film.mp4|film.mp4'],
    ['subfile,,start,0,end,0,,:film.mp4'],
    ['out/film.mp4'],
  ])('that leads to %s is refused', async (entry) => {
    mkdirSync(join(media.root, 'hls'), { recursive: true });
    mkdirSync(join(media.root, 'elsewhere'), { recursive: true });
    try {
      symlinkSync(join(media.root, 'elsewhere/../'), join(media.root, 'hls/out'));
    } catch {
      // It is there already.
    }
    write('hls/bad.m3u8', `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${entry}\n#EXT-X-ENDLIST\n`);
    await expect(tried('hls/bad.m3u8')).rejects.toMatchObject({ code: 'INPUT_FORBIDDEN' });
    write(
      'hls/key.txt',
      `\uFEFF#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="${entry}"\n#EXTINF:2,\nin0.ts\n#EXT-X-ENDLIST\n`,
    );
    await expect(tried('hls/key.txt')).rejects.toMatchObject({ code: 'INPUT_FORBIDDEN' });
  });
});

describe('an address', () => {
  it('is fetched where it is public or the operator allows others, and nowhere else', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/away') return response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      if (request.url === '/list.m3u8') {
        return response.end(`#EXTM3U\n${['a', 'b', '%zz'].map((name) => `#EXTINF:2,\n${name}.ts\n`).join('')}`);
      }
      if (request.url?.endsWith('.ts')) return response.end(Buffer.alloc(4_000_000, 0x47));
      if (request.url === '/drip') return void response.write('x');
      if (request.url === '/film.mp4') return response.end(readFileSync(join(media.root, 'film.mp4')));
      return response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const open = await openMediaTools({ urls: 'private', limits: { inputBytes: 10_000_000 } });
    const probe = async (tools: Media, path: string) => tools.tools.probe({ url: url + path }, await tools.work());
    expect((await probe(open, '/film.mp4')).streams).toHaveLength(2);
    await expect(probe(media, '/film.mp4')).rejects.toMatchObject({ code: 'URL_FORBIDDEN' });
    await expect(probe(open, '/none')).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    await expect(probe(open, '/away')).rejects.toMatchObject({ code: 'URL_FORBIDDEN' });
    // All that a playlist leads to counts together; a server that sends a byte now and then holds nobody for long.
    await expect(probe(open, '/list.m3u8')).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' });
    const hurried = await openMediaTools({ urls: 'private', limits: { timeMs: 500 } });
    await expect(probe(hurried, '/drip')).rejects.toMatchObject({ code: 'MEDIA_TIMEOUT' });
    await hurried.close();
    const little = await openMediaTools({ urls: 'private', limits: { inputBytes: 1000 } });
    await expect(probe(little, '/film.mp4')).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' });
    await Promise.all([open.close(), little.close(), new Promise((resolve) => server.close(resolve))]);
  });
});

describe('limits', () => {
  it.each([
    ['MEDIA_TIMEOUT', { timeMs: 300 }],
    ['MEDIA_OUTPUT_TOO_LARGE', { outputBytes: 20_000 }],
    ['MEDIA_MEMORY', { memoryBytes: 20_000_000 }],
    ['MEDIA_PROCESSES', { processes: 1 }],
  ] as const)('end a run with %s', async (code, limits: Partial<MediaLimits>) => {
    const bounded = await openMediaTools({ limits });
    await makeFilm(join(bounded.root, 'film.mp4'), { seconds: 10, size: '320x180' });
    const slow = { ...template, video: { ...template.video, preset: 'slow', crf: 5, width: 960 } };
    const task = { input: { file: 'film.mp4' }, template: slow, output: { storage: 'disk', object: 'out.mp4' } };
    await expect(bounded.tools.transcode(task, await bounded.work())).rejects.toMatchObject({ code });
    expect(readdirSync(bounded.disk)).toEqual([]);
    await bounded.close();
  });

  it('a job that is cancelled ends its FFmpeg', async () => {
    const cancel = new AbortController();
    const run = await media.work({ signal: cancel.signal, progress: () => cancel.abort(new Error('enough')) });
    const task = {
      input: { file: 'film.mp4' },
      template: { ...template, video: { preset: 'veryslow', width: 1920 } },
      output: { storage: 'disk', object: 'out.mp4' },
    };
    await expect(media.tools.transcode(task, run)).rejects.toThrow('enough');
  });
});

/** A PNG that says it has so many pixels. */
function readPng(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunk = (type: string, data: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    return Buffer.concat([size, Buffer.from(type), data, Buffer.alloc(4)]);
  };
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', Buffer.alloc(10)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
