import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { freePort } from '../support/free-port.ts';
import { type Headwater, startHeadwater, until, untilLive } from '../support/index.ts';
import { playForEver, RtmpPublisher, type RtmpRefused } from '../support/rtmp-publisher.ts';
import { startUploadServer } from '../support/uploads.ts';

let server: Headwater;
let flv: MadeFlv;
let metricsPort: number;

beforeAll(async () => {
  flv = await makeFlv({ seconds: 4, gop: 30, size: '160x90' });
  metricsPort = await freePort();
  server = await startHeadwater({
    env: {
      HEADWATER_METRICS_PORT: String(metricsPort),
      HEADWATER_SHUTDOWN_DRAIN_SECONDS: '600',
      HEADWATER_SHUTDOWN_GRACE_SECONDS: '900',
    },
  });
}, 180_000);
afterAll(async () => {
  await server?.stop('SIGKILL');
  await flv?.remove();
});

const open = (name: string, capsEx?: number) =>
  RtmpPublisher.open({
    port: server.rtmpPort,
    path: `live/${name}?key=${server.secrets.streamKey}`,
    ...(capsEx === undefined ? {} : { connectProperties: { capsEx } }),
  });
/** What the doors that load balancers ask say: control, and metrics on a port of their own. */
const readyz = () =>
  Promise.all(
    [server.controlPort, metricsPort].map(async (port) => (await fetch(`http://127.0.0.1:${port}/readyz`)).status),
  );
type Drain = { state: string; publishers: Record<string, number>; viewers: Record<string, number> };
const drain = (method: string, body?: object) =>
  server.api<Drain>('/drain', {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });

it('an operator drains the server, watches it, takes it back; SIGTERM lets everybody go in order', async () => {
  const knows = await open('knows', 1);
  const old = await open('old');
  const running = [knows, old].map((each) => playForEver(each, flv.tags));
  await untilLive(server, 'live/knows');
  await untilLive(server, 'live/old');
  const viewer = await FlvViewer.open(`${server.playback}/live/old.flv`);
  await until('tags come', () => viewer.tags.length > 0);
  expect(await readyz()).toEqual([200, 200]);

  // Drained by an operator: who understands it is asked, nobody new comes in, HLS is answered.
  expect(await drain('POST', { seconds: 600 })).toMatchObject({
    state: 'draining',
    publishers: { atStart: 2, asked: 1 },
    viewers: { atStart: 1, left: 1 },
  });
  await until('the encoder hears of it', () => knows.reconnects.length > 0);
  expect(knows.reconnects).toEqual([{ tcUrl: '', description: 'This server is about to stop.' }]);
  expect(old.reconnects).toEqual([]);
  await running.shift()?.stop();
  await knows.unpublish();
  expect(await readyz()).toEqual([503, 503]);
  const refused = await open('late').catch((error: unknown) => error);
  expect((refused as RtmpRefused).statuses.at(-1)).toMatchObject({
    code: 'NetStream.Publish.Denied',
    description: expect.stringContaining('about to stop'),
  });
  const asked = await fetch(`${server.playback}/live/old.flv`);
  expect([asked.status, asked.headers.get('retry-after'), ((await asked.json()) as { code: string }).code]).toEqual([
    503,
    '5',
    'DRAINING',
  ]);
  const hls = await fetch(`${server.playback}/live/old.m3u8`);
  expect([hls.status, hls.headers.get('connection')]).toEqual([200, 'close']);
  await until('one publisher is left', async () => (await drain('GET')).publishers.left === 1);

  // Its time is over: viewers have the end of their answer, and the encoder that stayed is cut off, to come back.
  expect((await drain('POST', { seconds: 0 })).state).toBe('drained');
  await Promise.all([viewer.closed, old.closed]);
  expect(viewer.response.complete).toBe(true);
  type Streams = { streams: { name: string; state: string }[] };
  const { streams } = await server.api<Streams>('/streams');
  expect(streams.find(({ name }) => name === 'old')?.state).toBe('waiting');

  // Taken back: as before, and the stream has waited.
  expect((await drain('DELETE')).state).toBe('serving');
  await expect(drain('DELETE')).rejects.toThrow('NOT_DRAINING');
  const again = await open('again', 1);
  const back = await open('old');
  running.push(playForEver(again, flv.tags), playForEver(back, flv.tags));
  await untilLive(server, 'live/old');
  const staying = await FlvViewer.open(`${server.playback}/live/old.flv`);
  await untilLive(server, 'live/again');

  // SIGTERM waits for those who are there; the second one, later, waits no more; HLS never hears of an end.
  const playlist = await mediaPlaylistOf('old');
  server.child.process.kill('SIGTERM');
  await until('it is asked to go', () => again.reconnects.length > 0);
  const late = await fetch(playlist);
  expect([late.status, (await late.text()).includes('ENDLIST')]).toEqual([200, false]);
  expect(staying.isClosed).toBe(false);
  // The same signal once more within two seconds is a wrapper's.
  await until('more than two seconds went', () => stoppedMs() > 2100, 20_000);
  const exited = once(server.child.process, 'exit');
  server.child.process.kill('SIGTERM');
  await staying.closed;
  expect(staying.response.complete).toBe(true);
  expect(await exited).toEqual([0, null]);
  const said = server.log().map(({ message, state }) => (message === 'drain' ? state : message));
  expect(said.filter((each) => ['draining', 'drained', 'serving', 'server stops'].includes(String(each)))).toEqual([
    ...['draining', 'drained', 'serving', 'server stops', 'draining', 'drained'],
  ]);
  expect(server.log().filter(({ level }) => level === 'error')).toEqual([]);
  for (const each of running) await each.stop();
  console.log(`drained and stopped: 2 of 2 encoders that understand it asked, 2 of 2 FLV answers whole, no ENDLIST`);
}, 120_000);

const stoppedAt = () => server.log().find(({ message }) => message === 'server stops')?.time as string;
const stoppedMs = () => Date.now() - Date.parse(stoppedAt());

/** Of a viewer who has been there for a while. */
async function mediaPlaylistOf(name: string): Promise<string> {
  const url = `${server.playback}/live/${name}.m3u8`;
  const lines = (await (await fetch(url)).text()).split('\n');
  return new URL(lines.find((line) => line !== '' && !line.startsWith('#')) ?? '', url).href;
}

it('ends within its grace time whatever hangs, and says so', async () => {
  const stuck = await startUploadServer({ env: { HEADWATER_SHUTDOWN_GRACE_SECONDS: '2' } });
  const [line = ''] = (await readFile(join(stuck.dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n');
  const database = Number(line);
  process.kill(database, 'SIGSTOP');
  try {
    const exited = once(stuck.child.process, 'exit');
    stuck.child.process.kill('SIGTERM');
    const toldMs = performance.now();
    expect(await exited).toEqual([1, null]);
    console.log(`2 s of grace: ended after ${((performance.now() - toldMs) / 1000).toFixed(1)} s`);
    expect(stuck.log().at(-1)).toMatchObject({ level: 'error', graceSeconds: 2 });
  } finally {
    process.kill(database, 'SIGCONT');
    process.kill(database, 'SIGQUIT');
  }
  await until('the database has ended', () => !existsSync(`/proc/${database}`));
  await stuck.stop();
});
