import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FlvTag } from '../../src/protocol/flv/index.ts';
import { type Headwater, until, untilLive } from '../support/index.ts';
import {
  connectCommand,
  counted,
  createStream,
  FlvViewer,
  framesOf,
  isKeyFrameTag,
  type MadeFlv,
  makeFlv,
  openServer,
  playCommand,
  playForEver,
  RtmpPlayer,
  RtmpPublisher,
  rawRtmp,
  stalledFlvViewer,
  statusCodes,
} from '../support/peers.ts';

let server: Headwater;
let picture: MadeFlv;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' });
  server = await openServer([
    { match: { stream: '*' }, publish: { waitSeconds: 30 }, delivery: { viewerQueueBytes: 1_048_576 } },
    { match: { stream: 'held*' }, delivery: { holdSeconds: 30 } },
    { match: { stream: 'brief*' }, delivery: { holdSeconds: 1 } },
    { match: { stream: 'stall*' }, delivery: { viewerStallSeconds: 5 } },
    { match: { stream: 'heavy*' }, delivery: { viewerStallSeconds: 600 } },
  ]);
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

afterAll(async () => {
  await server?.stop();
  await picture?.remove();
});

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

async function publish(path: string): Promise<RtmpPublisher> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path });
  cleanups.push(() => publisher.drop());
  return publisher;
}

/** The picture's frames, made heavy: `count` of them, a key frame every 30, with the timestamps that `timeOf` gives. */
function heavy(count: number, sizeBytes: number, timeOf: (index: number) => number): FlvTag[] {
  const headers = picture.tags.filter((tag) => tag.timestampMs === 0 && tag.payload.length < 1000);
  const key = framesOf(picture.tags, 'video').find(isKeyFrameTag) as FlvTag;
  const frames = Array.from({ length: count }, (_, index) => {
    const payload = new Uint8Array(sizeBytes);
    payload.set(key.payload);
    payload[0] = index % 30 === 0 ? 0x17 : 0x27;
    return { type: 'video' as const, timestampMs: timeOf(index), payload };
  });
  return [...headers, ...frames];
}

/** A player that reads until it plays, and nothing after. */
async function stalledPlayer(path: string) {
  const player = await rawRtmp(server.rtmpPort);
  player.send(connectCommand('live'), createStream, playCommand(path.slice('live/'.length)));
  await until('it plays', () => statusCodes(player).includes('NetStream.Play.Start'));
  player.socket.pause();
  return player;
}

const FLOW_BYTES = 160_000_000;
const FRAME_BYTES = 40_000;

describe.each([
  ['B23 a viewer that does not read', (index: number) => index * 33],
  ['B24 a viewer that does not read, of a stream whose timestamps stand still', (index: number) => index >> 8],
])('%s, costs no more than its bound', (_name, timeOf) => {
  it.each(['flv', 'rtmp'])('%s', async (protocol) => {
    const path = `live/heavy${protocol}`;
    const publisher = await publish(path);
    const tags = heavy(FLOW_BYTES / FRAME_BYTES, FRAME_BYTES, timeOf);
    await publisher.play(tags.slice(0, 40));
    await untilLive(server, path);
    const reading = protocol === 'flv' ? await FlvViewer.open(`${server.playback}/${path}.flv`) : undefined;
    if (reading) cleanups.push(() => reading.close());
    for (let i = 0; i < 10; i++) {
      if (protocol === 'flv') {
        const socket = await stalledFlvViewer(server.playbackPort, `/${path}.flv`);
        cleanups.push(() => socket.destroy());
      } else {
        const player = await stalledPlayer(path);
        cleanups.push(() => player.socket.destroy());
      }
    }
    const before = await residentBytes();
    await publisher.play(tags.slice(40));
    // What ten viewers hold is mostly the same memory: 1 MiB and a GOP of 1.2 MB. The rest is garbage not yet collected.
    const grown = async () => (await residentBytes()) - before;
    await until('what it holds is within its bound', async () => (await grown()) < 140_000_000, 15_000);
    const flowed = (FLOW_BYTES / 1e6).toFixed(0);
    console.log(
      `ten ${protocol} viewers that do not read: ${((await grown()) / 1e6).toFixed(0)} MB more, of ${flowed} MB each`,
    );
    expect(await counted(server, `headwater_viewer_skips_total{protocol="${protocol}"}`)).toBeGreaterThan(0);
    if (reading) await until('who reads gets the end', () => framesOf(reading.tags, 'video').length > 1000);
  });
});

it('B23 a viewer that stays behind is closed, and only that one', async () => {
  const publisher = await publish('live/stalled');
  const tags = heavy(3000, FRAME_BYTES, (index) => index * 33);
  await publisher.play(tags.slice(0, 40));
  await untilLive(server, 'live/stalled');
  const good = await FlvViewer.open(`${server.playback}/live/stalled.flv`);
  cleanups.push(() => good.close());
  const stalled = await stalledFlvViewer(server.playbackPort, '/live/stalled.flv');
  const closed = once(stalled, 'close').catch(() => undefined);
  const playing = publisher.play(tags.slice(40), { speed: 2 });
  await until(
    'it is closed',
    async () => (await counted(server, 'headwater_viewers_closed_total{reason="TOO_SLOW"}')) > 0,
  );
  stalled.resume();
  await closed;
  expect(good.isClosed).toBe(false);
  await publisher.drop();
  await playing;
});

it.each(['flv', 'rtmp'])('B23 a viewer that never reads goes with the stream: %s', async (protocol) => {
  const path = `live/brief${protocol}`;
  const publisher = await publish(path);
  await publisher.play(heavy(60, FRAME_BYTES, (index) => index * 33));
  await untilLive(server, path);
  const viewers = async () => await counted(server, `headwater_viewers{protocol="${protocol}"}`);
  await until('nobody views', async () => (await viewers()) === 0);
  const stalled =
    protocol === 'flv'
      ? await stalledFlvViewer(server.playbackPort, `/${path}.flv`)
      : (await stalledPlayer(path)).socket;
  cleanups.push(() => stalled.destroy());
  await until('it views', async () => (await viewers()) === 1);
  await publisher.play(heavy(100, FRAME_BYTES, (index) => 2000 + index * 33));
  await publisher.unpublish();
  await until('it is gone', async () => (await viewers()) === 0, 30_000);
});

describe('B25 a stream that is not there', () => {
  it.each(['absent.flv', 'absent.m3u8', 'absent.m3u8?container=ts'])('%s is 404 at once', async (file) => {
    // Long before one that is held for a second.
    const held = fetch(`${server.playback}/live/brief.flv`);
    const response = await Promise.race([fetch(`${server.playback}/live/${file}`), held]);
    expect(response.url).toContain(file);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('STREAM_NOT_LIVE');
    expect((await held).status).toBe(404);
  });

  it('RTMP says StreamNotFound at once', async () => {
    const refused = await RtmpPlayer.open({ port: server.rtmpPort, path: 'live/absent' }).catch((error) => error);
    expect(refused.statuses.at(-1)?.code).toBe('NetStream.Play.StreamNotFound');
  });

  // 17 s: longer than a connection may take to say what it wants.
  it('is held where the rule says so, on every door, and then plays', async () => {
    const flv = FlvViewer.open(`${server.playback}/live/held.flv`);
    const rtmp = RtmpPlayer.open({ port: server.rtmpPort, path: 'live/held' });
    const playlist = fetch(`${server.playback}/live/held.m3u8`);
    await delay(17_000);
    const publisher = await publish('live/held');
    const loop = playForEver(publisher, picture.tags);
    cleanups.push(() => loop.stop());
    const viewers = [await flv, await rtmp];
    for (const viewer of viewers) {
      cleanups.push(() => viewer.close());
      await until('it plays', () => framesOf(viewer.tags, 'video').length > 10);
    }
    expect((await playlist).status).toBe(200);
  });

  it('is 404 when the time is up, and leaves nothing behind', async () => {
    const [flv, rtmp] = await Promise.all([
      fetch(`${server.playback}/live/brief.flv`),
      RtmpPlayer.open({ port: server.rtmpPort, path: 'live/brief' }).catch((error) => error),
    ]);
    expect(flv.status).toBe(404);
    expect(rtmp.statuses.at(-1)?.code).toBe('NetStream.Play.StreamNotFound');
  });
});

it('B26 FLV viewers stay over a restart of the publisher', async () => {
  const first = await publish('live/hold');
  await first.play(picture.tags, { speed: 4 });
  await untilLive(server, 'live/hold');
  const viewer = await FlvViewer.open(`${server.playback}/live/hold.flv`);
  cleanups.push(() => viewer.close());
  for (let restart = 0; restart < 3; restart++) {
    await (restart === 0 ? first.drop() : undefined);
    const before = framesOf(viewer.tags, 'video').length;
    const next = await publish('live/hold');
    await next.play(picture.tags, { speed: 8 });
    await until('frames come', () => framesOf(viewer.tags, 'video').length >= before + 100);
    await next.drop();
  }
  expect(viewer.isClosed).toBe(false);
});

it('an RTMP player that pauses gets nothing until it goes on, and then a key frame first', async () => {
  const publisher = await publish('live/pause');
  const loop = playForEver(publisher, picture.tags);
  cleanups.push(() => loop.stop());
  await untilLive(server, 'live/pause');
  const player = await RtmpPlayer.open({ port: server.rtmpPort, path: 'live/pause' });
  cleanups.push(() => player.close());
  await until('it plays', () => framesOf(player.tags, 'video').length > 10);
  player.command('pause', 0, null, true, 0);
  await until('it pauses', () => player.statuses.some((status) => status.code === 'NetStream.Pause.Notify'));
  const paused = player.tags.length;
  await delay(500);
  expect(player.tags.length).toBe(paused);
  player.command('pause', 0, null, false, 0);
  await until('it goes on', () => framesOf(player.tags.slice(paused), 'video').length > 10);
  expect(framesOf(player.tags.slice(paused), 'video').slice(0, 1).every(isKeyFrameTag)).toBe(true);
});
