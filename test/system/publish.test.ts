import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Amf0Value, encodeAmf0 } from '../../src/protocol/amf/index.ts';
import { FlvReader, type FlvTag } from '../../src/protocol/flv/index.ts';
import { type Headwater, tempDir, until, untilLive } from '../support/index.ts';
import {
  capturePath,
  command,
  connectCommand,
  counted,
  createStream,
  endings,
  FlvViewer,
  faultyLink,
  framesOf,
  HlsViewer,
  type MadeFlv,
  makeFlv,
  message,
  OPEN_DOMAIN,
  openServer,
  type PublisherOptions,
  playForEver,
  publishCommand,
  RtmpPlayer,
  RtmpPublisher,
  RtmpRefused,
  rawRtmp,
  statusCodes,
} from '../support/peers.ts';

/** How long an encoder is gone, within the rule's waiting time; TEST_GONE_SECONDS=20 is what people report. */
const GONE_MS = Number(process.env.TEST_GONE_SECONDS ?? 5) * 1000;

let server: Headwater;
let picture: MadeFlv;
/** Headers, one key frame and the frames of 300 ms. */
let burst: FlvTag[];
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' });
  burst = picture.tags.filter((tag) => tag.timestampMs <= 300);
  server = await openServer([
    { match: { stream: '*' }, publish: { waitSeconds: 30 } },
    { match: { stream: 'nowait*' }, publish: { waitSeconds: 0 } },
    { match: { stream: 'flap*' }, publish: { waitAfterUnpublish: true } },
    { match: { stream: 'taken*' }, publish: { secondPublisher: 'takeover' } },
    { match: { stream: 'silent*' }, publish: { idleSeconds: 2 } },
    { match: { app: 'quirk' }, delivery: { holdSeconds: 20 } },
    ...['demo01', 'cap1'].map((stream) => ({
      match: { stream },
      publish: { waitSeconds: 0 },
      delivery: { holdSeconds: 20 },
    })),
  ]);
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

afterAll(async () => {
  await server?.stop();
  await picture?.remove();
});

type StreamRow = { app: string; name: string; state: string; publisher?: { sessionId: string; address: string } };

async function streamRow(path: string): Promise<StreamRow | undefined> {
  const { streams } = await server.api<{ streams: StreamRow[] }>('/streams');
  return streams.find((each) => `${each.app}/${each.name}` === path);
}

async function publish(path: string, port = server.rtmpPort): Promise<RtmpPublisher> {
  const publisher = await RtmpPublisher.open({ port, path });
  cleanups.push(() => publisher.drop());
  return publisher;
}

/** Publishes the picture in a loop. */
async function publishLoop(path: string, port = server.rtmpPort) {
  const publisher = await publish(path, port);
  const loop = playForEver(publisher, picture.tags);
  cleanups.push(() => loop.stop());
  await untilLive(server, path);
  return { publisher, loop };
}

async function watchFlv(path: string): Promise<FlvViewer> {
  const viewer = await FlvViewer.open(`${server.playback}/${path}.flv`);
  cleanups.push(() => viewer.close());
  return viewer;
}

async function watchHls(path: string, lowLatency = false): Promise<HlsViewer> {
  const viewer = await HlsViewer.open(`${server.playback}/${path}.m3u8`, { lowLatency });
  cleanups.push(() => viewer.close());
  return viewer;
}

const videoCount = (viewer: { readonly tags: readonly FlvTag[] }) => framesOf(viewer.tags, 'video').length;

async function untilMoreVideo(what: string, viewer: { readonly tags: readonly FlvTag[] }, than = videoCount(viewer)) {
  await until(`${what} goes on`, () => videoCount(viewer) > than, 30_000);
}

function expectMonotone(numbers: readonly number[]): void {
  for (const [index, number] of numbers.entries()) expect(number).toBeGreaterThanOrEqual(numbers[index - 1] ?? 0);
}

describe('life of a publisher', () => {
  it('B1 a ghost, half open and silent, is replaced by the one who knocks', async () => {
    const proxy = await faultyLink(server.rtmpPort);
    cleanups.push(() => proxy.close());
    await publishLoop('live/ghost', proxy.port);
    const viewer = await watchFlv('live/ghost');
    await untilMoreVideo('the viewer', viewer);
    const ghost = (await streamRow('live/ghost'))?.publisher?.sessionId;
    proxy.goDark();
    const darkMs = performance.now();
    const refusals: string[] = [];
    const heir = await until('the heir is let in', async () => {
      try {
        return await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/ghost' });
      } catch (error) {
        refusals.push((error as RtmpRefused).statuses.at(-1)?.code ?? '');
        return undefined;
      }
    });
    cleanups.push(() => heir.drop());
    const before = videoCount(viewer);
    await heir.play(burst);
    await untilMoreVideo('the viewer', viewer, before);
    console.log(`a ghost: the next picture ${((performance.now() - darkMs) / 1000).toFixed(1)} s after its last`);
    expect(new Set(refusals)).toEqual(new Set(['NetStream.Publish.BadName']));
    await until('the log has the end of the ghost', () =>
      endings(server).some(({ reason }) => reason === 'GHOST_REPLACED'),
    );
    expect((await streamRow('live/ghost'))?.publisher?.sessionId).not.toBe(ghost);
    expect(viewer.isClosed).toBe(false);
  });

  it('B2 players of all protocols survive the loss of the publisher', async () => {
    const { publisher, loop } = await publishLoop('live/lost');
    const flv = await watchFlv('live/lost');
    const rtmp = await RtmpPlayer.open({ port: server.rtmpPort, path: 'live/lost' });
    cleanups.push(() => rtmp.close());
    const webSocket = new WebSocket(`${server.playback.replace('http', 'ws')}/live/lost.flv`);
    const ws = { tags: [] as FlvTag[], reader: new FlvReader() };
    webSocket.on('message', (bytes: Buffer) => ws.tags.push(...ws.reader.push(bytes)));
    cleanups.push(() => webSocket.terminate());
    const hls = await watchHls('live/lost');
    const llHls = await watchHls('live/lost', true);
    for (const [name, viewer] of Object.entries({ flv, rtmp, ws })) await untilMoreVideo(name, viewer, 0);
    await loop.stop();
    await publisher.drop();
    await until('the stream waits', async () => (await streamRow('live/lost'))?.state === 'waiting');
    await delay(GONE_MS);
    const counts = { flv: videoCount(flv), rtmp: videoCount(rtmp), ws: videoCount(ws) };
    const segments = { hls: hls.segments.length, llHls: llHls.segments.length };
    await publishLoop('live/lost');
    await untilMoreVideo('FLV', flv, counts.flv);
    await untilMoreVideo('RTMP', rtmp, counts.rtmp);
    await untilMoreVideo('WebSocket-FLV', ws, counts.ws);
    await until('HLS goes on', () => hls.segments.slice(segments.hls).some((each) => each.isDiscontinuity));
    await until('LL-HLS goes on', () => llHls.segments.slice(segments.llHls).some((each) => each.isDiscontinuity));
    for (const viewer of [flv, rtmp, ws]) expectMonotone(framesOf(viewer.tags, 'video').map((tag) => tag.timestampMs));
    expect([flv.isClosed, rtmp.isClosed, webSocket.readyState]).toEqual([false, false, WebSocket.OPEN]);
    expectMonotone(hls.mediaSequences);
    expectMonotone(llHls.mediaSequences);
  });

  it('B3 data flow after each of 100 flaps', async () => {
    const first = await publish('live/flap');
    await first.play(burst);
    await untilLive(server, 'live/flap');
    const viewer = await watchFlv('live/flap');
    await untilMoreVideo('the viewer', viewer, 0);
    await first.drop();
    for (let flap = 1; flap <= 100; flap++) {
      const before = videoCount(viewer);
      const publisher = await until(`flap ${flap} is let in`, () =>
        RtmpPublisher.open({ port: server.rtmpPort, path: 'live/flap' }).catch(() => undefined),
      );
      await publisher.play(burst);
      await untilMoreVideo(`the viewer after flap ${flap}`, viewer, before);
      if (flap % 2) await publisher.drop();
      else await publisher.unpublish();
    }
    expect(viewer.isClosed).toBe(false);
    expectMonotone(framesOf(viewer.tags, 'video').map((tag) => tag.timestampMs));
    await until('nobody publishes', async () => (await streamRow('live/flap'))?.state === 'waiting');
    console.log(`100 flaps: pictures after each, ${videoCount(viewer)} in all`);
  });

  it('B4 HLS goes on over two restarts of the encoder and a kill of the server', async () => {
    const data = await tempDir('numbers');
    cleanups.push(() => data.remove());
    const start = () =>
      openServer([{ match: {}, publish: { waitSeconds: 30 }, hls: { always: true } }], { dataDir: data.path });
    const shared = server;
    cleanups.push(() => {
      server = shared;
    });
    server = await start();
    const first = await publishLoop('live/again');
    const hls = await watchHls('live/again');
    const discontinuities = () => hls.segments.filter((each) => each.isDiscontinuity);
    const untilSegments = (count: number) =>
      until('segments come', () => discontinuities().length >= count && hls.segments.length > 0, 30_000);
    await untilSegments(0);
    await first.loop.stop();
    await first.publisher.drop();
    const second = await publishLoop('live/again');
    await untilSegments(1);
    await second.loop.stop();
    await second.publisher.drop();
    await publishLoop('live/again');
    await untilSegments(2);
    expect(discontinuities()).toHaveLength(2);
    expectMonotone(hls.mediaSequences);
    const numbers = hls.segments.map((segment) => segment.number);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    await hls.close();
    const last = Math.max(...numbers);
    await server.stop('SIGKILL');
    server = await start();
    cleanups.push(() => server.stop());
    await publishLoop('live/again');
    const after = await watchHls('live/again');
    await until('segments come after the kill', () => after.segments.length > 0, 30_000);
    const [firstAfter] = after.segments;
    expect(firstAfter?.number).toBeGreaterThan(last);
    console.log(
      `two restarts and a kill: ${numbers.length} segments in a row, ${discontinuities().length} discontinuities told, ` +
        `${last} was the last before the kill and ${firstAfter?.number} the first after it`,
    );
  });

  it('B5 says Publish.Start only after the decision, and loses nothing that came before it', async () => {
    const asked: ServerResponse[] = [];
    const remote = createServer((_request, response) => asked.push(response)).listen(0, '127.0.0.1');
    cleanups.push(() => remote.close());
    await once(remote, 'listening');
    const url = `http://127.0.0.1:${(remote.address() as AddressInfo).port}/`;
    const own = await openServer([{ match: {}, delivery: { holdSeconds: 20 } }], {
      domains: [{ ...OPEN_DOMAIN, push: { auth: { type: 'no_auth' }, remoteAuth: { url, timeoutMs: 3000 } } }],
    });
    cleanups.push(() => own.stop());
    const ask = async (path: string) => {
      const publisher = new RtmpPublisher({ port: own.rtmpPort, path });
      cleanups.push(() => publisher.drop());
      const answer = publisher.published().then(
        () => 'started',
        () => 'refused',
      );
      const response = await until('the server asks', () => asked.shift());
      return { publisher, answer, response };
    };
    const good = await ask('live/good');
    const viewing = FlvViewer.open(`${own.playback}/live/good.flv`);
    // More than a connection may send before its decision: it waits in the socket.
    // One group of pictures, so that who joins late has all of it.
    const group = picture.tags.filter((tag) => tag.timestampMs <= 900);
    const rest = group.slice(burst.length);
    const early = good.publisher.play([...burst, ...Array.from({ length: 300 }, () => filler(10_000)), ...rest]);
    await delay(500);
    expect(good.publisher.statuses).toEqual([]);
    good.response.end();
    expect(await good.answer).toBe('started');
    await early;
    const viewer = await viewing;
    cleanups.push(() => viewer.close());
    const sent = framesOf(group, 'video').length;
    await until('the viewer has all that was sent', () => videoCount(viewer) >= sent);
    expect(framesOf(viewer.tags, 'video').map(({ payload }) => Buffer.from(payload))).toEqual(
      framesOf(group, 'video').map(({ payload }) => Buffer.from(payload)),
    );
    console.log(`a decision that takes 0.5 s: ${videoCount(viewer)} of ${sent} pictures sent before it are there`);
    const bad = await ask('live/bad');
    bad.response.writeHead(403).end();
    expect(await bad.answer).toBe('refused');
    expect(bad.publisher.statuses.map((status) => status.code)).toEqual(['NetStream.Publish.Denied']);
  });

  it('B7 who publishes and sends nothing is cut off, and so is who falls silent', async () => {
    const silent = await publish('live/silent1');
    const stopped = await publish('live/silent2');
    await stopped.play(burst);
    await Promise.all([silent.closed, stopped.closed]);
    expect(silent.statuses.map((status) => status.code)).toEqual([
      'NetStream.Publish.Start',
      'NetStream.Publish.BadName',
    ]);
    await until(
      'both ends are in the log',
      () => endings(server).filter((line) => line.reason === 'IDLE').length === 2,
    );
  });

  it('a second publisher is refused with BadName, and the first goes on', async () => {
    await publishLoop('live/busy');
    const viewer = await watchFlv('live/busy');
    const second = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/busy' }).catch((error) => error);
    expect(second).toBeInstanceOf(RtmpRefused);
    expect(second.statuses.map((status: { code: string }) => status.code)).toEqual(['NetStream.Publish.BadName']);
    await untilMoreVideo('the viewer', viewer);
  });

  it('a second publisher takes over where the rule says so, and the viewer stays', async () => {
    const { publisher: first } = await publishLoop('live/taken');
    const viewer = await watchFlv('live/taken');
    const { publisher: second } = await publishLoop('live/taken');
    await first.closed;
    expect(first.statuses.map((status) => status.code)).toEqual([
      'NetStream.Publish.Start',
      'NetStream.Publish.BadName',
    ]);
    await untilMoreVideo('the viewer', viewer);
    expect([second.isClosed, viewer.isClosed]).toEqual([false, false]);
    expectMonotone(framesOf(viewer.tags, 'video').map((tag) => tag.timestampMs));
  });

  it('a clean end ends the stream at once: ENDLIST, and FLV and RTMP players are let go', async () => {
    const { publisher, loop } = await publishLoop('live/clean');
    const flv = await watchFlv('live/clean');
    const rtmp = await RtmpPlayer.open({ port: server.rtmpPort, path: 'live/clean' });
    cleanups.push(() => rtmp.close());
    const hls = await watchHls('live/clean');
    await untilMoreVideo('the viewer', flv);
    await loop.stop();
    await publisher.unpublish();
    await Promise.all([flv.closed, rtmp.closed]);
    expect(flv.reader.isAtTagBoundary).toBe(true);
    expect(rtmp.statuses.map((status) => status.code)).toContain('NetStream.Play.UnpublishNotify');
    await until('the playlist ends', () => hls.isEnded);
    expect(hls.text).toContain('#EXT-X-ENDLIST');
    expect(await streamRow('live/clean')).toBeUndefined();
  });

  it('a connection may unpublish and publish again, as a session of its own', async () => {
    const peer = await rawRtmp(server.rtmpPort);
    cleanups.push(() => peer.socket.destroy());
    peer.send(connectCommand('live'), createStream, publishCommand('nowait1'));
    const first = await until('it publishes', async () => (await streamRow('live/nowait1'))?.publisher?.sessionId);
    peer.send(command(0, 'deleteStream', 4, null, 1));
    await until('it is over', async () => !(await streamRow('live/nowait1')));
    peer.send(createStream, publishCommand('nowait2'));
    const second = await until(
      'it publishes again',
      async () => (await streamRow('live/nowait2'))?.publisher?.sessionId,
    );
    expect(second).not.toBe(first);
    expect(peer.isClosed()).toBe(false);
  });
});

/** A video tag of a codec that nobody knows. */
function filler(sizeBytes: number): FlvTag {
  return { type: 'video', timestampMs: 0, payload: new Uint8Array(sizeBytes).fill(0x2f) };
}

describe('B6 quirks of encoders', () => {
  const tcUrl = 'rtmp://127.0.0.1/';
  it.each([
    ['server with app, key with query', { tcUrl: `${tcUrl}quirk`, app: 'quirk', streamName: 'a1?key=x' }, 'quirk/a1'],
    ['server without app', { tcUrl, app: '', streamName: 'quirk/a2' }, 'quirk/a2'],
    ['the whole URL as server', { tcUrl: `${tcUrl}quirk/a3`, app: 'quirk/a3', streamName: '' }, 'quirk/a3'],
    ['an app of two segments', { tcUrl: `${tcUrl}quirk/b`, app: 'quirk/b', streamName: 'a4' }, 'quirk/b/a4'],
    ['slashes at both ends', { tcUrl: `${tcUrl}quirk/`, app: 'quirk/', streamName: '/a5' }, 'quirk/a5'],
    ['a query after the app', { tcUrl: `${tcUrl}quirk?k=1`, app: 'quirk?k=1', streamName: 'a6' }, 'quirk/a6'],
    ['a tcUrl that is none', { tcUrl: 'not a url', app: 'quirk', streamName: 'a7' }, 'quirk/a7'],
  ])('%s', async (_name, split, path) => {
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: '', split });
    cleanups.push(() => publisher.unpublish());
    await publisher.play(burst);
    await untilLive(server, path);
  });

  it.each([
    ['128-byte chunks', { chunkSize: 128 }],
    ['the digest handshake', { handshake: 'digest' }],
    ['the simple handshake', { handshake: 'simple' }],
    ['a fourCcList as OBS 30 sends', { connectProperties: { fourCcList: ['hvc1', 'av01', 'vp09'], capsEx: 15 } }],
    ['members of connect that nobody knows', { connectProperties: { capabilities: 239, swfUrl: '', x: null } }],
  ] satisfies [string, Partial<PublisherOptions>][])('%s', async (_name, habits) => {
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'quirk/habit', ...habits });
    cleanups.push(() => publisher.unpublish());
    await publisher.play(burst);
    await untilLive(server, 'quirk/habit');
    const viewer = await watchFlv('quirk/habit');
    await untilMoreVideo('the viewer', viewer, 0);
  });

  const amf3 = (messageStreamId: number, ...values: Amf0Value[]) =>
    message(17, messageStreamId, Uint8Array.of(0, ...encodeAmf0(...values)));
  it.each<readonly [string, readonly Uint8Array[], string]>([
    [
      'GoPro: null where the transaction id belongs',
      [connectCommand('quirk'), createStream, command(1, 'publish', null, null, 'g1', 'live')],
      'g1',
    ],
    ['publish without a type', [connectCommand('quirk'), createStream, command(1, 'publish', 3, null, 'g2')], 'g2'],
    [
      'commands of type 17 with a format byte',
      [
        amf3(0, 'connect', 1, { app: 'quirk', tcUrl: 'rtmp://127.0.0.1/quirk', objectEncoding: 3 }),
        amf3(0, 'createStream', 2, null),
        amf3(1, 'publish', 3, null, 'g3', 'live'),
      ],
      'g3',
    ],
    [
      'releaseStream and FCPublish before createStream',
      [
        connectCommand('quirk'),
        command(0, 'releaseStream', 2, null, 'g4'),
        command(0, 'FCPublish', 3, null, 'g4'),
        createStream,
        publishCommand('g4'),
      ],
      'g4',
    ],
    [
      '_checkbw and other commands in between',
      [connectCommand('quirk'), command(0, '_checkbw', 2, null), createStream, publishCommand('g5')],
      'g5',
    ],
  ])('%s', async (_name, pieces, stream) => {
    const peer = await rawRtmp(server.rtmpPort);
    cleanups.push(() => peer.socket.destroy());
    peer.send(...pieces);
    await until('it publishes', () => statusCodes(peer).includes('NetStream.Publish.Start'));
    expect((await streamRow(`quirk/${stream}`))?.state).toBe('publishing');
  });

  it.each([
    ['a number as name (Wirecast)', 'MALFORMED', [connectCommand('quirk'), createStream, publishCommand(7)]],
    ['no app at all', 'REFUSED', [connectCommand(''), createStream, publishCommand('lonely')]],
    ['no name at all', 'REFUSED', [connectCommand('quirk'), createStream, publishCommand('')]],
  ] as const)('%s is refused, and nothing else happens', async (_name, reason, pieces) => {
    const before = await counted(server, `headwater_rtmp_connections_ended_total{reason="${reason}"}`);
    const peer = await rawRtmp(server.rtmpPort);
    peer.send(...pieces);
    await peer.closed;
    await until(
      'it is counted',
      async () => (await counted(server, `headwater_rtmp_connections_ended_total{reason="${reason}"}`)) === before + 1,
    );
  });

  it.each([
    ['OBS 29', 'obs29.bin', 'live/demo01', 92, 144],
    ['FFmpeg 5.1', 'ffmpeg51.bin', 'live/cap1', 150, 217],
  ] as const)('a capture of %s plays to the last frame', async (_name, file, path, video, audio) => {
    const bytes = await readFile(capturePath(file));
    const viewing = FlvViewer.open(`${server.playback}/${path}.flv`);
    const peer = await rawRtmp(server.rtmpPort, { handshake: false });
    for (let at = 0; at < bytes.length; at += 4096) {
      peer.send(bytes.subarray(at, at + 4096));
      await delay(5);
    }
    const viewer = await viewing;
    peer.socket.end();
    await viewer.closed;
    expect(framesOf(viewer.tags, 'video')).toHaveLength(video);
    expect(framesOf(viewer.tags, 'audio')).toHaveLength(audio);
  });
});
