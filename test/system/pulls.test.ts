import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { freePort } from '../support/free-port.ts';
import {
  type Child,
  type Headwater,
  runToEnd,
  start,
  startHeadwater,
  tempDir,
  testPictureArgs,
  until,
  untilLive,
} from '../support/index.ts';
import { type MediaPeer, mediaPeer } from '../support/media-peer.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/open-server.ts';

type PullRule = NonNullable<RulesInput['pulls']>[number];
type Streams = { state: string; source: number; reason?: string; stream: string; failures: number }[];
type States = { pulls: { name: string; state: string; streams: Streams }[] };

let peer: MediaPeer;
let server: Headwater | undefined;

beforeAll(async () => {
  peer = await mediaPeer();
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

afterAll(() => peer.close());

const match = { domain: 'default', app: 'live', stream: 'demo' };
const rulesOf = (pulls: PullRule[], streams: RulesInput['streams'] = []) => ({
  domains: [OPEN_DOMAIN],
  streams,
  pulls,
});

async function serverWith(pulls: PullRule[], streams: RulesInput['streams'] = []): Promise<Headwater> {
  server = await startHeadwater({ rules: rulesOf(pulls, streams), env: NO_DATABASE });
  return server;
}

const pictures = (viewer: FlvViewer) => viewer.tags.filter(({ type }) => type === 'video').length;

async function stateOf(from: Headwater, name = 'demo') {
  const { pulls } = await from.api<States>('/pull-states');
  const pull = pulls.find((each) => each.name === name);
  return { state: pull?.state, streams: pull?.streams ?? [], first: pull?.streams[0] };
}

it('fetches a stream that comes late, loses its server to kill -9, and goes on when it is back', async () => {
  const here = await serverWith([{ name: 'demo', match, sources: [{ url: `${peer.rtmp}/live/late` }] }]);
  await until('it waits', async () => (await stateOf(here)).first?.state === 'connecting');
  peer.publish('live/late');
  await untilLive(here, 'live/demo');
  const viewer = await FlvViewer.open(`${here.playback}/live/demo.flv`);
  await until('pictures come', () => pictures(viewer) > 10);
  await peer.child().stop('SIGKILL');
  const lost = await until('it is lost', async () => {
    const { first } = await stateOf(here);
    return first?.state === 'live' ? undefined : first;
  });
  expect(lost.reason).toBeTruthy();
  const seen = pictures(viewer);
  await peer.start();
  peer.publish('live/late');
  await until('the same viewer sees more', () => pictures(viewer) > seen + 10);
  expect((await stateOf(here)).first).toMatchObject({ state: 'live', source: 1 });
  await viewer.close();
});

it('takes its backup where the first source is dead, and is dismissed by a block until that is lifted', async () => {
  peer.publish('live/backup');
  const dead = `rtmp://127.0.0.1:${await freePort()}/live/gone`;
  const here = await serverWith([
    { name: 'demo', match, sources: [{ url: dead }, { url: `${peer.http}/live/backup.flv` }] },
  ]);
  await untilLive(here, 'live/demo');
  expect((await stateOf(here)).first).toMatchObject({ state: 'live', source: 2 });
  const block = JSON.stringify({ domain: 'default', app: 'live', stream: 'demo' });
  await here.api('/blocks', { method: 'POST', body: block, headers: { 'content-type': 'application/json' } });
  await until('it is blocked', async () => /block/i.test((await stateOf(here)).first?.reason ?? ''));
  await until('nothing is live', async () => (await here.api<{ streams: unknown[] }>('/streams')).streams.length === 0);
  await here.api('/blocks/default/live/demo', { method: 'DELETE' });
  await untilLive(here, 'live/demo');
});

it('begins with the first viewer, and ends some time after the last one', async () => {
  peer.publish('stage/one');
  const lazy = { ...{ name: 'lazy', mode: 'lazy' as const, lingerSeconds: 1 }, match: { app: 'stage' } };
  const here = await serverWith([{ ...lazy, sources: [{ url: `${peer.rtmp}/{app}/{stream}` }] }]);
  expect(await stateOf(here, 'lazy')).toMatchObject({ state: 'idle', streams: [] });
  const viewer = await FlvViewer.open(`${here.playback}/stage/one.flv`);
  await until('pictures come', () => pictures(viewer) > 10);
  expect(await stateOf(here, 'lazy')).toMatchObject({ state: 'running', first: { stream: 'one', state: 'live' } });
  await viewer.close();
  await until('it has ended', async () => (await stateOf(here, 'lazy')).state === 'idle');
  await until('no stream', async () => (await here.api<{ streams: unknown[] }>('/streams')).streams.length === 0);
  const again = await fetch(`${here.playback}/stage/one.m3u8`);
  expect(again.status).toBe(200);
});

it('reads HLS and SRT by FFmpeg, encodes sound that no stream carries, and leaves no process behind', async () => {
  const port = await freePort();
  peer.publish('live/source');
  const there = await startHeadwater({
    rules: rulesOf([{ name: 'demo', match, sources: [{ url: `${peer.rtmp}/live/source` }] }]),
    env: NO_DATABASE,
  });
  const mpeg = ['-c:a', 'mp2', '-f', 'mpegts', `srt://127.0.0.1:${port}?mode=listener`];
  const listener = again(() => start('ffmpeg', [...testPictureArgs({ gop: 30 }), ...mpeg]));
  try {
    await untilLive(there, 'live/demo');
    const here = await serverWith([
      { name: 'hls', match: { ...match, stream: 'hls' }, sources: [{ url: `${there.playback}/live/demo.m3u8` }] },
      { name: 'srt', match: { ...match, stream: 'srt' }, sources: [{ url: `srt://127.0.0.1:${port}` }] },
    ]);
    await untilLive(here, 'live/srt');
    await untilLive(here, 'live/hls');
    await until('both have picture and sound', async () => {
      const { streams } = await here.api<{ streams: { tracks: { codec: string }[] }[] }>('/streams');
      const codecs = streams.map(({ tracks }) =>
        tracks
          .map(({ codec }) => codec)
          .sort()
          .join(),
      );
      return codecs.join(' ') === 'aac,h264 aac,h264';
    });
    const readers = await processesOf(here.child.pid);
    expect(readers.length).toBeGreaterThanOrEqual(2);
    await here.child.stop('SIGKILL');
    await until('they are gone', async () => (await Promise.all(readers.map(isThere))).every((each) => !each));
  } finally {
    await listener.stop();
    await there.stop();
  }
});

it('reads RTSP of a camera whose sound is G.711, by VLC', async () => {
  const home = await tempDir('camera');
  const file = join(home.path, 'in.ts');
  await runToEnd('ffmpeg', [...testPictureArgs({ seconds: 30, gop: 30 }).filter((each) => each !== '-re'), file]);
  const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  await Promise.all([chmod(home.path, 0o777), chmod(file, 0o666)]);
  const port = await freePort();
  const sound = 'transcode{vcodec=none,acodec=ulaw,samplerate=8000,channels=1}';
  const sout = `--sout=#${sound}:rtp{sdp=rtsp://127.0.0.1:${port}/cam}`;
  const env = { ...process.env, HOME: home.path };
  const camera = start('cvlc', ['-I', 'dummy', '--loop', file, sout], { ...account, env });
  try {
    const here = await serverWith([{ name: 'demo', match, sources: [{ url: `rtsp://127.0.0.1:${port}/cam` }] }]);
    await until('it has picture and sound', async () => {
      const { streams } = await here.api<{ streams: { tracks: { codec: string }[] }[] }>('/streams');
      const codecs = streams[0]?.tracks.map(({ codec }) => codec);
      return codecs?.sort().join() === 'aac,h264';
    });
  } finally {
    await camera.stop('SIGKILL');
    await home.remove();
  }
});

it('fetches nothing from a metadata service, and says so', async () => {
  const forbidden = ['rtmp://169.254.169.254/live/x', 'http://169.254.169.254/x.flv', 'http://169.254.169.254/x.m3u8'];
  const here = await serverWith([{ name: 'demo', match, sources: forbidden.map((url) => ({ url })) }]);
  const reasons = new Set<string>();
  await until('all were tried', async () => {
    const { first } = await stateOf(here);
    if (first?.reason !== undefined) reasons.add(`${first.source} ${first.reason}`);
    return first !== undefined && first.failures > 1;
  });
  expect([...reasons].some((each) => each.includes('metadata'))).toBe(true);
});

/** FFmpeg listens for one caller only: a server of many is one that begins again. */
function again(begin: () => Child): { stop(): Promise<void> } {
  let isOver = false;
  let child = begin();
  const run = async () => {
    while (!isOver) {
      await child.exited;
      if (!isOver) child = begin();
    }
  };
  const running = run();
  return {
    async stop() {
      isOver = true;
      await child.stop('SIGKILL');
      await running;
    },
  };
}

/** FFmpeg processes that a server started. */
async function processesOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const lines = await Promise.all(pids.map(async (pid) => ({ pid, stat: await statOf(pid) })));
  return lines.flatMap(({ pid, stat }) =>
    stat?.includes('(ffmpeg)') && stat.split(' ')[3] === `${parent}` ? [pid] : [],
  );
}

const statOf = (pid: number) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);

async function isThere(pid: number): Promise<boolean> {
  const stat = await statOf(pid);
  return stat !== undefined && !/\) Z /.test(stat);
}
