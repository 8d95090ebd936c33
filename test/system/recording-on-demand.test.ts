import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Headwater, runToEnd, startHeadwater, tempDir, testPictureArgs, until } from '../support/index.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/open-server.ts';
import { cancelDelay } from '../support/record-command.ts';

type Shown = { readonly stream: string; readonly format: string; readonly durationSeconds: number };

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let asked: URLSearchParams[];
const backend = createServer((request, response) => {
  const query = new URL(request.url ?? '', 'http://backend').searchParams;
  asked.push(query);
  const isWanted = query.get('stream') === 'wanted';
  response.end(
    JSON.stringify({ ApiVersion: '1.0', NeedRecord: isWanted, Interval: { Mp4: 5 }, Format: ['mp4', 'm3u8'] }),
  );
});

beforeAll(async () => {
  asked = [];
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  home = await tempDir('recording-on-demand');
  const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}/`;
  const record = { enabled: true, delaySeconds: 15, onDemand: 'callback' as const, onDemandUrl: url };
  const formats = [{ format: 'mp4' as const }, { format: 'flv' as const }];
  server = await startHeadwater({
    rules: { domains: [OPEN_DOMAIN], streams: [{ record: { ...record, formats }, publish: { waitSeconds: 1 } }] },
    env: { ...NO_DATABASE, HEADWATER_RECORDINGS_DIR: home.path },
  });
});
afterAll(async () => {
  await server?.stop();
  backend.close();
  await home?.remove();
});

it('records what the backend wants, as long and in the formats that it wants, from the first segment on', async () => {
  const file = join(home.path, 'pushed.flv');
  const picture = { size: '320x180', fps: 30, gop: 30, bFrames: 2, seconds: 8 };
  const args = testPictureArgs(picture).filter((arg) => arg !== '-re');
  await runToEnd('ffmpeg', [...args, '-f', 'flv', '-y', file], 60_000);
  const push = (name: string) =>
    runToEnd(
      'ffmpeg',
      ['-v', 'error', '-re', '-i', file, '-c', 'copy', '-f', 'flv', `${server.rtmp}/live/${name}`],
      60_000,
    );
  await Promise.all([push('wanted'), push('unwanted')]);
  expect(asked.map((query) => query.get('stream')).sort()).toEqual(['unwanted', 'wanted']);
  expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({ app: 'live', domain: 'default', codec: 'h264' });
  expect(Number(asked[0]?.get('vbitrate'))).toBeGreaterThan(0);

  await cancelDelay(server, 'wanted');
  const recordings = await until('both files are made', async () => {
    const { recordings: all } = await server.api<{ recordings: Shown[] }>('/recordings');
    return all.length >= 2 && all;
  });
  expect(recordings.map(({ stream, format }) => `${stream} ${format}`)).toEqual(['wanted mp4', 'wanted mp4']);
  const [rest, first] = recordings.map(({ durationSeconds }) => durationSeconds);
  expect(first).toBeGreaterThanOrEqual(5);
  expect(first).toBeLessThan(7.5);
  expect((first ?? 0) + (rest ?? 0)).toBeCloseTo(8, 0);
});
