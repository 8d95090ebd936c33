import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { openStorage } from '../../../src/storage/index.ts';
import type { Asset } from '../../../src/vod/index.ts';
import { type Headwater, runToEnd, startHeadwater, tempDir } from '../../support/index.ts';
import { openTestLibrary, type TestLibrary } from '../../support/library.ts';
import { filesBelow, makeTalk } from '../../support/library-media.ts';
import { OPEN_DOMAIN } from '../../support/open-server.ts';
import { type Swift, startSwift } from '../../support/swift.ts';

type Info = {
  readonly sources: readonly { readonly url: string; readonly format: string; readonly definition: string }[];
};

let home: Awaited<ReturnType<typeof tempDir>>;
let db: TestLibrary;
let swift: Swift;
let server: Headwater;
let talk: Asset;

beforeAll(async () => {
  home = await tempDir('playback-from-a-bucket');
  const media = join(home.path, 'media');
  [db, swift] = await Promise.all([openTestLibrary(join(home.path, 'library')), startSwift()]);
  const files = await makeTalk(media, 'talk');
  const bucket = await openStorage({ kind: 's3', name: 'bucket', ...swift.bucket });
  for (const name of await filesBelow(media)) await bucket.put(name, { file: join(media, name) });
  bucket.close();
  talk = await db.add('bucket', files);
  server = await start();
}, 240_000);

afterAll(async () => {
  await server?.stop();
  await swift?.stop();
  await db?.close();
  await home?.remove();
});

async function start(env: NodeJS.ProcessEnv = {}): Promise<Headwater> {
  const { pathStyle: _, credentials, ...rest } = swift.bucket;
  const config = join(home.path, 'config.yml');
  const storages = [{ ...rest, ...credentials, name: 'bucket', kind: 's3', pathStyle: 'on' }];
  await writeFile(config, stringify({ storages, recordingsDir: join(home.path, 'recordings') }));
  return startHeadwater({
    rules: { domains: [OPEN_DOMAIN] },
    dataDir: join(home.path, 'data'),
    env: { DATABASE_URL: db.databaseUrl, HEADWATER_CONFIG: config, ...env },
  });
}

async function urlOf(format: string, definition = 'SD'): Promise<string> {
  const infoUrl = `${server.playback}/vod/${talk.id}/play.json`;
  const info = (await (await fetch(infoUrl)).json()) as Info;
  const found = info.sources.find((each) => each.format === format && each.definition === definition);
  return new URL(found?.url ?? 'none', infoUrl).href;
}

const readFromBucket = async () => (await server.metric('headwater_vod_read_bytes_total{from="bucket"}')) ?? 0;
const bytesOf = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());
const packets = async (url: string) =>
  Number.parseInt(
    await runToEnd('ffprobe', [
      ...['-v', 'error', '-count_packets', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_packets'],
      ...['-of', 'csv=p=0', url],
    ]),
    10,
  );

describe('an asset in a bucket', () => {
  it('is read of it once, by however many at a time', async () => {
    const whole = await readFile(join(home.path, 'media/talk/sd.mp4'));
    const url = await urlOf('mp4');
    const all = await Promise.all(Array.from({ length: 5 }, () => bytesOf(url)));
    for (const each of all) expect(each.equals(whole)).toBe(true);
    expect(await readFromBucket()).toBe(whole.length);
    const tail = await fetch(url, { headers: { range: 'bytes=-1000' } });
    expect(Buffer.from(await tail.arrayBuffer()).equals(whole.subarray(-1000))).toBe(true);
    expect(await readFromBucket()).toBe(whole.length);
    expect(await packets(await urlOf('m3u8'))).toBe(120);
  });

  it('goes on playing while the bucket is away, also after a start of the server; what was never played is told so', async () => {
    const [mp4, hls] = [await urlOf('mp4'), await urlOf('m3u8')];
    await swift.kill();
    try {
      expect(await packets(hls)).toBe(120);
      await server.stop();
      server = await start();
      expect(await packets(await urlOf('mp4'))).toBe(120);
      expect(await packets(await urlOf('m3u8'))).toBe(120);
      expect(new URL(mp4).pathname).toBe(new URL(await urlOf('mp4')).pathname);
      const away = await fetch(await urlOf('m3u8', 'LD'));
      expect(away.status).toBe(503);
      expect(away.headers.get('retry-after')).toBe('5');
      expect(await away.json()).toMatchObject({
        code: 'STORAGE_UNREACHABLE',
        remedy: expect.stringContaining('Try again'),
      });
    } finally {
      await swift.restart();
    }
    expect(await packets(await urlOf('m3u8', 'LD'))).toBe(120);
  }, 180_000);

  it('is fetched from a CDN, where there is one, by a signed address of the object', async () => {
    await server.stop();
    server = await start({
      HEADWATER_VOD_CDN_URL: 'https://cdn.example.com/base',
      HEADWATER_VOD_CDN_AUTH_TYPE: 'type_a',
      HEADWATER_VOD_CDN_AUTH_KEY: 'secret-of-the-cdn',
    });
    const hls = await urlOf('m3u8');
    const text = await (await fetch(hls)).text();
    const segment = new URL(/^sd\/0\.ts$/m.exec(text)?.[0] ?? 'none', hls);
    const moved = await fetch(segment, { redirect: 'manual' });
    expect(moved.status).toBe(302);
    expect(moved.headers.get('location')).toMatch(
      /^https:\/\/cdn\.example\.com\/base\/talk\/sd\/0\.ts\?auth_key=\d{10}-0-0-[0-9a-f]{32}$/,
    );
  });
});
