import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { signTypeA } from '../../src/access/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { openStorage, type Storage } from '../../src/storage/index.ts';
import { type Headwater, runToEnd, start, startHeadwater, tempDir, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { type Swift, startSwift } from '../support/swift.ts';

const cleanups: (() => unknown)[] = [];
let swift: Swift;
let bucket: Storage;

beforeAll(async () => {
  swift = await startSwift();
  bucket = await openStorage({ kind: 's3', name: 'swift', ...swift.bucket });
});
afterAll(async () => {
  bucket?.close();
  await swift?.stop();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const SNAPSHOT = { enabled: true, everySeconds: 5 };
const SEQUENCE = '{AppName}/{StreamName}/{UnixTimestamp}-{Sequence}.jpg';

async function open(streams: RulesInput['streams'], options: { dataDir?: string; domain?: object } = {}) {
  const home = await tempDir('snapshots');
  const { pathStyle: _, credentials, ...rest } = swift.bucket;
  const storages = [{ ...rest, ...credentials, name: 'swift', kind: 's3', pathStyle: 'on' }];
  const config = join(home.path, 'mine.yml');
  const recordingsDir = join(home.path, 'recordings');
  await writeFile(config, stringify({ storages, recordingsDir }));
  const dataDir = options.dataDir ?? join(home.path, 'data');
  const rules = { domains: [{ ...OPEN_DOMAIN, ...options.domain }], streams };
  const server = await startHeadwater({ dataDir, rules, env: { HEADWATER_CONFIG: config, DATABASE_URL: '' } });
  cleanups.push(home.remove, () => server.stop());
  return { server, recordingsDir, home: home.path };
}

/** A picture of one colour, so that what is seen in a snapshot can be compared. */
function publish(server: Headwater, name: string, encoder: readonly string[], colour = '0x2060c0', size = '320x180') {
  const source = ['-re', '-f', 'lavfi', '-i', `color=${colour}:size=${size}:rate=25`, '-t', '600'];
  const child = start('ffmpeg', [
    ...['-v', 'error', ...source, ...encoder, '-g', '25', '-pix_fmt', 'yuv420p'],
    ...['-f', 'flv', `${server.rtmp}/live/${name}`],
  ]);
  const stop = () => child.stop('SIGKILL');
  cleanups.push(stop);
  return { stop };
}

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-x264-params', 'scenecut=0'];
const urlOf = (server: Headwater, name: string) => `${server.playback}/live/${name}.jpg`;

async function untilPicture(server: Headwater, name: string): Promise<Buffer> {
  const response = await until(
    `${name} has a picture`,
    async () => {
      const got = await fetch(urlOf(server, name));
      return got.status === 200 && got;
    },
    60_000,
  );
  expect(response.headers.get('content-type')).toBe('image/jpeg');
  return Buffer.from(await response.arrayBuffer());
}

/** Size of a JPEG and its mean colour, as FFmpeg sees them. */
async function look(jpeg: Uint8Array): Promise<{ size: string; rgb: number[] }> {
  const home = await tempDir('look');
  try {
    const file = join(home.path, 'a.jpg');
    await writeFile(file, jpeg);
    const entries = ['-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0'];
    const size = (await runToEnd('ffprobe', ['-v', 'error', ...entries, file])).trim();
    const pixel = join(home.path, 'pixel');
    await runToEnd('ffmpeg', [
      '-v',
      'error',
      '-i',
      file,
      '-vf',
      'scale=1:1',
      '-pix_fmt',
      'rgb24',
      '-f',
      'rawvideo',
      pixel,
    ]);
    return { size, rgb: [...(await readFile(pixel))] };
  } finally {
    await home.remove();
  }
}

const isNear = (one: readonly number[], other: readonly number[]) =>
  one.every((value, index) => Math.abs(value - (other[index] ?? 0)) <= 6);

async function expectColour(jpeg: Uint8Array, size: string, rgb: readonly number[]): Promise<void> {
  const seen = await look(jpeg);
  expect([seen.size, isNear(seen.rgb, rgb), seen.rgb]).toEqual([size, true, seen.rgb]);
}

async function namesIn(storage: Storage, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of storage.list(prefix)) names.push(name);
  return names;
}

describe('snapshots', () => {
  it('are what is published, in the folder and under .jpg, of two sizes at once', async () => {
    const { server, recordingsDir } = await open([{ match: {}, snapshot: { ...SNAPSHOT, sequence: SEQUENCE } }]);
    publish(server, 'blue', H264);
    publish(server, 'red', H264, '0xc03020');
    publish(server, 'large', H264, '0x30a040', '640x360');
    await expectColour(await untilPicture(server, 'blue'), 'mjpeg,320,180', [0x20, 0x60, 0xc0]);
    await expectColour(await untilPicture(server, 'red'), 'mjpeg,320,180', [0xc0, 0x30, 0x20]);
    await expectColour(await untilPicture(server, 'large'), 'mjpeg,640,360', [0x30, 0xa0, 0x40]);
    const folder = join(recordingsDir, 'live/red');
    await until('there are three of them', async () => (await readdir(folder)).length >= 3, 60_000);
    const names = (await readdir(folder)).sort();
    expect(names.map((name) => name.split('-')[1])).toEqual(names.map((_, index) => `${index + 1}.jpg`));
    const seconds = names.map((name) => Number(name.split('-')[0]));
    for (const [index, second] of seconds.slice(1).entries())
      expect(second - seconds[index]!).toBeGreaterThanOrEqual(4);
    await expectColour(
      await readFile(join(recordingsDir, 'snapshot/live/red.jpg')),
      'mjpeg,320,180',
      [0xc0, 0x30, 0x20],
    );
    expect((await fetch(urlOf(server, 'absent'))).status).toBe(404);
  });

  it('end with the stream, are refused to whom the stream is, and are not made where no rule says so', async () => {
    const key = 'a-play-key-of-the-test';
    const domain = { play: { auth: { type: 'type_a', key1: key } } };
    const { server } = await open([{ match: { stream: 'a' }, publish: { waitSeconds: 2 }, snapshot: SNAPSHOT }], {
      domain,
    });
    const signed = (path: string, uid = '0') => {
      const timestampSeconds = Math.floor(Date.now() / 1000);
      return `${server.playback}${path}?auth_key=${signTypeA({ path, timestampSeconds, rand: '0', uid, key })}`;
    };
    const status = async (url: string) => (await fetch(url)).status;
    const { stop } = publish(server, 'a', H264);
    publish(server, 'b', H264);
    await until('there is a picture', async () => (await status(signed('/live/a.jpg'))) === 200, 60_000);
    expect(await status(`${server.playback}/live/a.jpg`)).toBe(403);
    expect(await status(signed('/live/b.jpg').replace('b.jpg', 'a.jpg'))).toBe(403);
    expect(await status(signed('/live/b.jpg'))).toBe(404);
    await stop();
    await until('it is gone with the stream', async () => (await status(signed('/live/a.jpg'))) === 404, 60_000);
  });

  it('reach a bucket that was down, over a kill -9 of the server, with right checksums', async () => {
    const home = await tempDir('snapshots-data');
    cleanups.push(home.remove);
    const dataDir = join(home.path, 'data');
    await mkdir(dataDir);
    const settings = {
      ...SNAPSHOT,
      storage: 'swift',
      overwrite: '{AppName}/{StreamName}/latest.jpg',
      sequence: SEQUENCE,
    };
    const first = await open([{ match: {}, snapshot: settings }], { dataDir });
    publish(first.server, 'up', H264);
    await until('one is there', async () => (await namesIn(bucket, 'live/up/')).length >= 2, 60_000);
    await swift.kill();
    await until(
      'the storage is down',
      async () => (await first.server.metric('headwater_storage_up{storage="swift"}')) === 0,
      60_000,
    );
    await until('some wait', async () => ((await first.server.metric('headwater_upload_queue')) ?? 0) >= 4, 60_000);
    await first.server.stop('SIGKILL');
    const waiting = await readdir(join(dataDir, 'uploads/files'));
    const sums = await Promise.all(
      waiting.map(async (name) =>
        createHash('sha256')
          .update(await readFile(join(dataDir, 'uploads/files', name)))
          .digest('hex'),
      ),
    );
    expect(waiting.length).toBeGreaterThanOrEqual(4);
    await swift.restart();
    const second = await open([], { dataDir });
    await until('nothing waits', async () => (await readdir(join(dataDir, 'uploads/files'))).length === 0, 120_000);
    expect(await second.server.metric('headwater_storage_up{storage="swift"}')).toBe(1);
    const stored = new Set<string>();
    for (const name of await namesIn(bucket, 'live/up/')) {
      const found = await bucket.get(name);
      const sum = createHash('sha256')
        .update(await buffer(found.body))
        .digest('hex');
      expect(found.sha256).toBe(sum);
      stored.add(sum);
    }
    expect(sums.filter((sum) => !stored.has(sum))).toEqual([]);
  });
});
