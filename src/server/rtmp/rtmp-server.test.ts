import { randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Access, ClientAddresses, ConnectionLimits, ViewerSessions } from '../../access/index.ts';
import { isKeyFrame, Registry, type StreamId, type UnplacedPacket } from '../../live/index.ts';
import { TestClock } from '../../live/test-clock.ts';
import { TEST_PLAN, testAudioTrack, testPackets, testVideo, testVideoTrack } from '../../live/test-packets.ts';
import { createLogger } from '../../log/index.ts';
import { Feeds } from '../../packager/index.ts';
import {
  encodeAudioFrameHeader,
  encodeAudioSequenceHeader,
  encodeVideoFrameHeader,
  encodeVideoSequenceHeader,
} from '../../protocol/flv/index.ts';
import { type MediaEvent, type RtmpClientEvent, RtmpClientSession } from '../../protocol/rtmp/index.ts';
import { CompiledRules, type RulesInput, rulesSchema } from '../../rules/index.ts';
import { type FarEnd, RTMP_CHUNK_SIZE, RTMP_MESSAGE_STREAM_ID, type RtmpDoor, type RtmpEnd } from './rtmp-door.ts';
import { RtmpServer } from './rtmp-server.ts';

const DEMO: StreamId = { domain: 'default', app: 'live', name: 'demo' };
const OPEN = {
  name: 'default',
  push: { auth: { type: 'no_auth' as const } },
  play: { auth: { type: 'no_auth' as const } },
};
const SECONDS = 1000;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

type Others = Pick<RtmpDoor, 'offerElsewhere'>;
type Limits = { readonly connections?: number; readonly perAddress?: number; readonly publishers?: number };

/** A server on a loopback port, whose clock the test moves. */
async function startServer(limits: Limits = {}, rules: RulesInput = { domains: [OPEN] }, others: Others = {}) {
  const clock = new TestClock();
  const compiled = new CompiledRules(rulesSchema.parse(rules));
  const registry = new Registry({ clock, onReaderError: () => {}, maxHeldRequests: 10 });
  const events = new EventEmitter();
  const ends: RtmpEnd[] = [];
  const answers: string[] = [];
  const delivery = { mergeWindowMs: 0, viewerQueueBytes: 1e6, viewerQueueSeconds: 10, viewerStallSeconds: 30 };
  const server = new RtmpServer({
    clock,
    log: createLogger({ level: 'silent' }),
    registry,
    rules: () => compiled,
    access: new Access({
      rules: () => compiled,
      nowMs: () => clock.wallMs(),
      sessionTokenKeys: { current: randomBytes(32) },
    }),
    sessions: new ViewerSessions({ limitsOf: () => ({ stream: 0, domain: 0, app: 0, address: 0, uid: 0 }) }),
    clients: new ClientAddresses({ trustedProxies: [] }),
    feeds: new Feeds({
      clock,
      settingsOf: () => delivery,
      rtmpChunkSize: RTMP_CHUNK_SIZE,
      rtmpMessageStreamId: RTMP_MESSAGE_STREAM_ID,
    }),
    usage: { sent: () => ({ bytes: 0 }) },
    connections: new ConnectionLimits({
      connections: limits.connections ?? 0,
      connectionsPerAddress: limits.perAddress ?? 0,
      isExempt: () => false,
    }),
    limits: { messageBytes: 1_000_000 },
    usesProxyProtocol: false,
    ...others,
    onAlias: () => undefined,
    setupOf: () => ({
      secondPublisher: 'refuse',
      waitMs: 15 * SECONDS,
      waitAfterUnpublish: false,
      ghostMs: 3 * SECONDS,
      idleMs: 10 * SECONDS,
      plan: TEST_PLAN,
      cache: { maxBytes: 1e6, maxMs: 20_000 },
    }),
    publisherLimit: () => (limits.publishers === undefined ? undefined : { reason: 'limit of 1 publishers reached' }),
    onPublisher: () => {},
    onPublishing: () => {},
    onAnswered: (wanted, result) => answers.push(`${wanted} ${result}`),
    onEnd: (end) => {
      ends.push(end);
      events.emit('end');
    },
    newId: randomUUID,
    randomBytes,
  });
  const listener = server.listener().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  cleanups.push(() => server.close());
  cleanups.push(() => registry.close());
  const untilEnds = async (count: number) => {
    while (ends.length < count) await once(events, 'end');
    return ends;
  };
  return { server, clock, registry, answers, ends, untilEnds, port: (listener.address() as AddressInfo).port };
}

type Server = Awaited<ReturnType<typeof startServer>>;

/** A peer over a real socket, deaf and dumb once `isSilent`. */
class Peer {
  readonly socket: Socket;
  readonly session: RtmpClientSession;
  readonly closed: Promise<unknown>;
  readonly codes: string[] = [];
  readonly #events = new EventEmitter();
  isSilent = false;

  constructor({ port }: Server, wanted: 'publish' | 'play', streamName = 'demo', connectProperties = {}) {
    const tcUrl = `rtmp://127.0.0.1:${port}/live`;
    const app = 'live';
    this.session = new RtmpClientSession({ randomBytes, wanted, tcUrl, app, streamName, connectProperties });
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('connect', () => this.flush());
    this.socket.on('data', (bytes) => this.#receive(bytes));
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    cleanups.push(() => this.socket.destroy());
  }

  static async open(server: Server, wanted: 'publish' | 'play', streamName?: string, properties = {}): Promise<Peer> {
    const peer = new Peer(server, wanted, streamName, properties);
    await peer.until(wanted === 'publish' ? 'published' : 'playing');
    return peer;
  }

  async until(type: RtmpClientEvent['type'] | 'data'): Promise<void> {
    await once(this.#events, type);
  }

  flush(): Promise<void> {
    return new Promise((resolve) => this.socket.write(Buffer.concat(this.session.takeOutput()), () => resolve()));
  }

  sendSound(): Promise<void> {
    this.session.sendMedia('audio', 0, new Uint8Array([0xaf, 1, 0]));
    return this.flush();
  }

  #receive(bytes: Uint8Array): void {
    this.#events.emit('data');
    if (this.isSilent) return;
    for (const event of this.session.push(bytes)) {
      if (event.type === 'status') this.codes.push(event.code);
      this.#events.emit(event.type);
    }
    void this.flush();
  }
}

describe('a connection that asks for nothing', () => {
  it.each([
    ['without a byte', ''],
    ['in the middle of a handshake', '\x03abc'],
  ])('is closed after 15 s, %s', async (_, bytes) => {
    const server = await startServer();
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    cleanups.push(() => socket.destroy());
    await once(socket, 'connect');
    if (bytes) socket.write(bytes);
    await waitUntil(() => server.server.connectionCount === 1);
    server.clock.advance(15 * SECONDS - 1);
    expect(server.ends).toEqual([]);
    server.clock.advance(1);
    expect(await server.untilEnds(1)).toEqual(['TIMEOUT']);
  });

  it('is closed at once for bytes that are no RTMP', async () => {
    const server = await startServer();
    const socket = connect({ port: server.port, host: '127.0.0.1' }).on('error', () => socket.destroy());
    socket.write('GET / HTTP/1.1\r\n\r\n');
    expect(await server.untilEnds(1)).toEqual(['MALFORMED']);
  });

  it('is closed with the server', async () => {
    const server = await startServer();
    const publisher = await Peer.open(server, 'publish');
    const closing = server.server.close();
    await publisher.closed;
    await closing;
    expect(server.ends).toEqual(['SHUTDOWN']);
  });
});

describe('a server that lets go of its publishers', () => {
  it('asks those who said that they understand it, and ends the others as if the network had', async () => {
    const server = await startServer();
    const knows = await Peer.open(server, 'publish', 'knows', { capsEx: 1 });
    const other = await Peer.open(server, 'publish', 'other', { capsEx: 2 });
    const old = await Peer.open(server, 'publish', 'old');
    expect(server.server.publishingCount).toBe(3);
    const asked = knows.until('reconnectRequest');
    expect(server.server.askToReconnect('Restart.')).toBe(1);
    await asked;
    knows.socket.destroy();
    await server.untilEnds(1);
    expect(server.server.publishingCount).toBe(2);
    server.server.endPublishers();
    await Promise.all([other.closed, old.closed]);
    expect([server.ends, server.server.publishingCount]).toEqual([['CLOSED_BY_PEER', 'DRAINING', 'DRAINING'], 0]);
    // A reset of the network waits for the encoder; a clean end would not.
    expect(server.registry.find({ domain: 'default', app: 'live', name: 'old' })?.state).toBe('waiting');
  });
});

describe('too many connections', () => {
  it.each([{ connections: 1 }, { perAddress: 1 }])('are closed before a word, with %o', async (limits) => {
    const server = await startServer(limits);
    const first = await Peer.open(server, 'publish');
    await new Peer(server, 'play').closed;
    expect(server.ends).toEqual(['REFUSED']);
    first.socket.destroy();
    await server.untilEnds(2);
    await waitUntil(() => server.server.connectionCount === 0);
    await Peer.open(server, 'publish', 'other');
  });
});

describe('a publisher', () => {
  it('has its stream until it says that it stops, and may begin another', async () => {
    const server = await startServer();
    const peer = await Peer.open(server, 'publish');
    expect(server.registry.find(DEMO)?.state).toBe('publishing');
    peer.session.stop();
    await peer.flush();
    await waitUntil(() => server.registry.find(DEMO) === undefined);
    expect(server.ends).toEqual([]);
    server.clock.advance(15 * SECONDS);
    expect(await server.untilEnds(1)).toEqual(['TIMEOUT']);
  });

  it.each([
    ['rests 40 ms after each read while nobody is in a hurry', Number.POSITIVE_INFINITY, 40],
    ['rests as long as its most impatient reader lets it', 10, 10],
  ])('%s', async (_, patienceMs, restMs) => {
    const server = await startServer();
    const peer = await Peer.open(server, 'publish');
    server.registry.find(DEMO)?.read({ packet: () => {}, patienceMs });
    const timers = server.clock.pendingTimers;
    await peer.sendSound();
    await waitUntil(() => server.clock.pendingTimers === timers + 1);
    peer.session.stop();
    await peer.flush();
    server.clock.advance(restMs - 1);
    expect(server.clock.pendingTimers).toBe(timers + 1);
    server.clock.advance(1);
    await waitUntil(() => server.registry.find(DEMO) === undefined);
  });

  it('is read at once for a reader that does not wait', async () => {
    const server = await startServer();
    const peer = await Peer.open(server, 'publish');
    server.registry.find(DEMO)?.read({ packet: () => {} });
    await peer.sendSound();
    peer.session.stop();
    await peer.flush();
    await waitUntil(() => server.registry.find(DEMO) === undefined);
  });

  it('that comes back at once finds its name free, though its end was not read yet', async () => {
    const server = await startServer();
    const timers = server.clock.pendingTimers;
    const first = await Peer.open(server, 'publish');
    await first.sendSound();
    await waitUntil(() => server.clock.pendingTimers > timers + 2);
    first.socket.end();
    const second = new Peer(server, 'publish');
    let isPublished = false;
    void second.until('published').then(() => {
      isPublished = true;
    });
    await waitUntil(() => {
      server.clock.advance(1);
      return isPublished || second.codes.length > 0;
    });
    expect(second.codes).toEqual(['NetStream.Publish.Start']);
  });

  it('whose stream another node had goes on here at once when that is gone, in the middle of its pictures', async () => {
    let sentThere = 0;
    let endThere: (end: FarEnd) => void = () => {};
    const open = (onEnd: (end: FarEnd) => void) => {
      endThere = onEnd;
      return { media: () => sentThere++, unpublish: () => {}, close: () => {} };
    };
    const offerElsewhere = async () => ({ kind: 'taken' as const, node: 'other', open });
    const server = await startServer({}, { domains: [OPEN] }, { offerElsewhere });
    const peer = await Peer.open(server, 'publish');
    const { config } = testVideoTrack();
    const sent: [MediaEvent['kind'], number, Uint8Array][] = [
      ['video', 0, encodeVideoSequenceHeader('h264', config)],
      ['audio', 0, encodeAudioSequenceHeader('aac', testAudioTrack().config)],
      ...testPackets({ tracks: { video: testVideoTrack(), audio: testAudioTrack() }, toMs: 3000 }).map(
        (packet) =>
          [packet.kind as MediaEvent['kind'], packet.dtsMs, tagOf(packet)] as [MediaEvent['kind'], number, Uint8Array],
      ),
    ];
    for (const message of sent) peer.session.sendMedia(...message);
    await peer.flush();
    await waitUntil(() => sentThere === sent.length);
    expect(server.registry.find(DEMO)).toBeUndefined();
    endThere({ kind: 'broken' });
    await waitUntil(() => server.registry.find(DEMO) !== undefined);
    // The group since the key frame at 2 s, and no more.
    const pictures = server.registry.find(DEMO)?.cache.packets.filter(({ kind }) => kind === 'video') ?? [];
    expect(pictures.map((packet) => isKeyFrame(packet))).toEqual([true, ...Array.from({ length: 24 }, () => false)]);
    peer.session.sendMedia('video', 3000, tagOf(testVideo(testVideoTrack(), 3000, false)));
    await peer.flush();
    await waitUntil(
      () => sentThere === sent.length && server.registry.find(DEMO)?.cache.packets.at(-1)?.kind === 'video',
    );
  });

  it('that stops and resets the connection, as OBS does, has left in peace', async () => {
    const server = await startServer();
    const peer = await Peer.open(server, 'publish');
    peer.session.stop();
    await peer.flush();
    peer.socket.resetAndDestroy();
    expect(await server.untilEnds(1)).toEqual(['CLOSED_BY_PEER']);
    expect(server.registry.find(DEMO)).toBeUndefined();
  });

  it('that resets the connection without a word is lost, and waited for', async () => {
    const server = await startServer();
    const peer = await Peer.open(server, 'publish');
    peer.socket.resetAndDestroy();
    expect(await server.untilEnds(1)).toEqual(['SOCKET_ERROR']);
    expect(server.registry.find(DEMO)?.state).toBe('waiting');
    server.clock.advance(15 * SECONDS);
    expect(server.registry.find(DEMO)).toBeUndefined();
  });

  it('that sends nothing for 10 s is sent away', async () => {
    const server = await startServer();
    const peer = await Peer.open(server, 'publish');
    server.clock.advance(10 * SECONDS);
    expect(server.ends).toEqual(['IDLE']);
    await peer.closed;
    expect(peer.codes).toContain('NetStream.Publish.BadName');
  });

  it.each<[string, Limits, RulesInput | undefined, string, string]>([
    ['a name that is taken', {}, undefined, 'STREAM_BUSY', 'NetStream.Publish.BadName'],
    ['one too many', { publishers: 1 }, undefined, 'LIMIT', 'NetStream.Publish.Denied'],
    ['an unknown host', {}, { unknownHosts: 'refuse', domains: [] }, 'UNKNOWN_HOST', 'NetStream.Publish.Denied'],
  ])('is refused for %s, and told so', async (_, limits, rules, code, status) => {
    const server = await startServer(limits, rules);
    if (code === 'STREAM_BUSY') await Peer.open(server, 'publish');
    const peer = new Peer(server, 'publish');
    await waitUntil(() => {
      server.clock.advance(1);
      return peer.socket.closed;
    });
    expect(peer.codes).toEqual([status]);
    expect(server.answers.at(-1)).toBe(`publish ${code}`);
    expect(server.ends).toEqual(['REFUSED']);
  });
});

describe('a player', () => {
  async function playing() {
    const server = await startServer();
    const publisher = await Peer.open(server, 'publish');
    // Nobody's data come in this test, and the publisher is not what it is about.
    const keepAlive = setInterval(() => server.registry.publicationOf(DEMO)?.touch(), 1);
    cleanups.push(() => clearInterval(keepAlive));
    const player = await Peer.open(server, 'play');
    const pass = async (ms: number) => {
      for (let left = ms; left > 0; left -= 5 * SECONDS) {
        server.registry.publicationOf(DEMO)?.touch();
        server.clock.advance(Math.min(left, 5 * SECONDS));
      }
    };
    return { server, publisher, player, pass };
  }

  it('that answers pings stays', async () => {
    const { server, publisher, player, pass } = await playing();
    for (let round = 0; round < 4; round++) {
      const pinged = [player.until('data'), publisher.until('data')];
      await pass(30 * SECONDS);
      await Promise.all(pinged);
      await Promise.all([player.flush(), publisher.flush()]);
      await answered(server);
    }
    expect(server.ends).toEqual([]);
  });

  it('that gives no sign of life is closed at the second ping', async () => {
    const { server, publisher, player, pass } = await playing();
    player.isSilent = true;
    const pinged = [player.until('data'), publisher.until('data')];
    await pass(30 * SECONDS);
    await Promise.all(pinged);
    await publisher.flush();
    await answered(server);
    await pass(30 * SECONDS - 1);
    expect(server.ends).toEqual([]);
    await pass(1);
    expect(server.ends).toEqual(['TIMEOUT']);
    expect(server.registry.find(DEMO)?.state).toBe('publishing');
    await player.closed;
  });

  it('that stops and resets the connection has left in peace', async () => {
    const { server, player } = await playing();
    player.session.stop();
    await player.flush();
    player.socket.resetAndDestroy();
    expect(await server.untilEnds(1)).toEqual(['CLOSED_BY_PEER']);
  });

  it('of a stream that is not live is refused, and told so', async () => {
    const server = await startServer();
    const peer = new Peer(server, 'play');
    await peer.closed;
    expect(peer.codes).toEqual(['NetStream.Play.StreamNotFound']);
    expect(server.ends).toEqual(['REFUSED']);
  });

  it('is sent away when the stream ends', async () => {
    const { server, publisher, player } = await playing();
    publisher.session.stop();
    await publisher.flush();
    expect(await server.untilEnds(1)).toEqual(['STREAM_ENDED']);
    await player.closed;
  });
});

/** What was sent over loopback is taken in a turn of the event loop or two: another connection's whole exchange. */
async function answered(server: Server): Promise<void> {
  const probe = new Peer(server, 'play', 'nobody');
  const before = server.ends.length;
  await probe.closed;
  expect(server.ends.splice(before)).toEqual(['REFUSED']);
}

/** As an encoder sends it. */
function tagOf(packet: UnplacedPacket): Uint8Array {
  const head =
    packet.kind === 'video' ? encodeVideoFrameHeader('h264', packet.isKeyFrame, 0) : encodeAudioFrameHeader('aac');
  return Buffer.concat([head, packet.data]);
}

async function waitUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
