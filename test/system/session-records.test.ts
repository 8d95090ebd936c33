import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishTestPicture, tempDir, until } from '../support/index.ts';
import { HlsViewer, openServer, RtmpPlayer } from '../support/peers.ts';

type Line = Record<string, unknown> & { readonly door: string; readonly agent?: string; readonly bytes: number };

/** Of an hour that is long over. */
const EARLIER = `${new Date(Date.now() - 86_400_000).toISOString().slice(0, 13)}-00-07.jsonl`;

const received: Record<string, number> = {};
let home: Awaited<ReturnType<typeof tempDir>>;
let lines: Line[] = [];

/** Counts what an FLV viewer is sent, without the HTTP head. */
async function flvViewer(url: string, headers: Record<string, string>) {
  const request = get(url, { agent: false, headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const counted = { bytes: 0, closed: once(response, 'close'), response };
  response.on('error', () => undefined);
  response.on('data', (bytes: Uint8Array) => {
    counted.bytes += bytes.length;
  });
  return counted;
}

async function linesIn(folder: string): Promise<Line[]> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => text.split('\n').filter((line) => line !== '')).map((line) => JSON.parse(line));
}

/** One show that viewers of all doors watch; the server stops at its end. */
beforeAll(async () => {
  home = await tempDir('audience');
  const dataDir = join(home.path, 'data');
  const folder = join(dataDir, 'sessions');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, EARLIER), '{"session":"earlier"}\n');
  const storage = { HEADWATER_AUDIENCE_STORAGE: 'recordings', HEADWATER_RECORDINGS_DIR: join(home.path, 'stored') };
  const server = await openServer([], { dataDir, env: { HEADWATER_NODE_NAME: 'node-a', ...storage } });
  try {
    const publisher = await publishTestPicture(server, 'live/show');
    const url = `${server.playback}/live/show`;
    const leaver = await flvViewer(`${url}.flv`, { referer: 'https://portal.example/live', 'user-agent': 'leaver/1' });
    await until('the leaver has a picture', async () => leaver.bytes > 20_000);
    leaver.response.destroy();
    await until('the hour before is given away', async () => !(await readdir(folder)).includes(EARLIER));
    await until('the leaver is written down', async () => (await linesIn(folder)).length === 1);
    const stayer = await flvViewer(`${url}.flv`, { 'user-agent': 'stayer/1' });
    const rtmp = await RtmpPlayer.open({ port: server.rtmpPort, path: 'live/show' });
    await until('the RTMP player has a picture', async () => rtmp.tags.length > 10);
    const hls = await HlsViewer.open(`${url}.m3u8`);
    await until('segments', async () => hls.segments.length > 2);
    await hls.close();
    await publisher.stop();
    await stayer.closed;
    received['stayer/1'] = stayer.bytes;
    const maps = new Set(hls.segments.map((segment) => hls.initOf(segment)));
    const all = [...maps, ...hls.segments.map(({ bytes }) => bytes)];
    received.hls = all.reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0);
    await rtmp.closed;
    // Whom the server sees go once it stops went because of that.
    await until('who stayed is written down', async () => {
      const known = await linesIn(folder);
      return known.some(({ agent }) => agent === 'stayer/1') && known.some(({ door }) => door === 'rtmp');
    });
  } finally {
    await server.stop();
  }
  lines = await linesIn(folder);
});

afterAll(() => home?.remove());

describe('records of viewers', () => {
  const of = (agent: string) => lines.filter((line) => line.agent === agent);
  const at = (door: string) => lines.filter((line) => line.door === door);

  it('has one for each viewer', () => {
    expect(lines.map(({ door }) => door).sort()).toEqual(['flv', 'flv', 'hls', 'rtmp']);
    for (const line of lines) {
      expect(line).toMatchObject({ node: 'node-a', domain: 'default', app: 'live', stream: 'show' });
      expect(Date.parse(String(line.closedAt)) - Date.parse(String(line.openedAt))).toBe(line.watchedMs);
    }
  });

  it('says who left by himself, and where from', () => {
    expect(of('leaver/1')).toMatchObject([
      { ended: 'left', referer: 'https://portal.example/live', address: '127.0.0.0/24' },
    ]);
  });

  it('counts what was sent to the byte', () => {
    const [line] = of('stayer/1');
    const bytes = received['stayer/1'];
    expect(line).toMatchObject({ bytes, rungs: [{ rung: 'source', bytes }], ended: 'stream_ended' });
    expect(at('hls')).toMatchObject([{ bytes: received.hls, rungs: [{ rung: 'source', bytes: received.hls }] }]);
  });

  it('gives files of hours that are over to the storage, by node and day', async () => {
    const [node = ''] = await readdir(join(home.path, 'stored/sessions'));
    const [day = '', time = ''] = EARLIER.split('T');
    const object = join(home.path, 'stored/sessions', node, day, time);
    expect(await readFile(object, 'utf8')).toBe('{"session":"earlier"}\n');
  });

  it('knows RTMP players by what they call themselves', () => {
    expect(at('rtmp')).toMatchObject([{ ended: 'stream_ended' }]);
    expect(at('rtmp')[0]?.bytes).toBeGreaterThan(10_000);
  });
});
