import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { concat } from '../../src/protocol/bytes/index.ts';
import { raw } from '../support/http.ts';
import { type Headwater, until, untilLive } from '../support/index.ts';
import {
  command,
  connectCommand,
  counted,
  createStream,
  endings,
  FlvViewer,
  framesOf,
  type MadeFlv,
  makeFlv,
  message,
  OPEN_DOMAIN,
  openServer,
  playCommand,
  playForEver,
  publishCommand,
  type RawRtmp,
  RtmpPlayer,
  RtmpPublisher,
  rawRtmp,
  statusCodes,
} from '../support/peers.ts';

let server: Headwater;
let picture: MadeFlv;
let viewer: FlvViewer;
const healthy: (() => unknown)[] = [];
/** What the tests of this file tried and saw. */
const figures = { probes: 0, forged: 0, paths: 0, mostMegabytesMore: 0 };
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' });
  server = await openServer([{ match: {}, publish: { waitSeconds: 0 } }], {
    env: { HEADWATER_LIMITS_CONNECTIONS_PER_ADDRESS: '60' },
  });
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/healthy' });
  const loop = playForEver(publisher, picture.tags);
  await untilLive(server, 'live/healthy');
  viewer = await FlvViewer.open(`${server.playback}/live/healthy.flv`);
  healthy.push(
    () => viewer.close(),
    () => publisher.drop(),
    () => loop.stop(),
  );
});

/** The viewer of a healthy stream beside the attack noticed nothing: no frame is missing, none came late. */
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  const before = framesOf(viewer.tags, 'video').length;
  await until('the healthy stream goes on', () => framesOf(viewer.tags, 'video').length > before + 5);
  const times = framesOf(viewer.tags, 'video').map((tag) => tag.timestampMs);
  for (const [index, time] of times.entries()) if (index > 0) expect(time - (times[index - 1] ?? 0)).toBeLessThan(120);
  expect(server.child.process.exitCode).toBe(null);
});

afterAll(async () => {
  const pictures = framesOf(viewer.tags, 'video').length;
  console.log(`${JSON.stringify(figures)}; ${pictures} pictures of the stream beside them, none missing`);
  for (const end of healthy) await end();
  await server?.stop();
  await picture?.remove();
});

const ended = (reason: string) => counted(server, `headwater_rtmp_connections_ended_total{reason="${reason}"}`);

async function peer(options?: Parameters<typeof rawRtmp>[1]): Promise<RawRtmp> {
  const made = await rawRtmp(server.rtmpPort, options);
  cleanups.push(() => made.socket.destroy());
  return made;
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** What an attack may cost is compared with what it did. */
async function expectLittleMore(before: number): Promise<void> {
  const megabytes = ((await residentBytes()) - before) / 2 ** 20;
  figures.mostMegabytesMore = Math.max(figures.mostMegabytesMore, Math.round(megabytes));
  expect(megabytes).toBeLessThan(100);
}

/** So many messages of this were sent; nobody has got one of them. */
function expectNoneForged(watching: FlvViewer, count: number): void {
  figures.forged += count;
  expect(watching.tags.some((tag) => Buffer.from(tag.payload).includes('FORGED'))).toBe(false);
}

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
/** `connect` whose object holds an object that holds an object ... */
const nested = (levels: number) => hex(`02 0007 636f6e6e656374 00 3ff0000000000000 ${'03 0001 61 '.repeat(levels)}`);
const byteOf = (value: number) => value.toString(16).padStart(2, '0');
/** Of media that are sent now, as an encoder would have it: what goes back in time might be left out for that alone. */
const nowMs = () => Math.round(performance.now());
/** One unit of a picture, as from an encoder whose header was sent. */
const video = (name: string) => {
  const unit = Buffer.concat([hex('41'), Buffer.from(name)]);
  const sizeHex = unit.length.toString(16).padStart(8, '0');
  return message(9, 1, Buffer.concat([hex(`2701000000 ${sizeHex}`), unit]), nowMs());
};

/** Publishes as an encoder does: parameters and a key frame, so that any picture after them counts. */
async function publishRaw(to: Headwater, encoder: RawRtmp, name: string): Promise<void> {
  encoder.send(connectCommand('live'), createStream, publishCommand(name));
  await until('it publishes', () => statusCodes(encoder).includes('NetStream.Publish.Start'));
  for (const { payload } of picture.tags.filter(({ type }) => type === 'video').slice(0, 2)) {
    encoder.send(message(9, 1, payload, nowMs()));
  }
  // Without a picture now and then nobody would know that no sound comes.
  const timer = setInterval(() => encoder.send(video('RIGHTFUL')), 50);
  await untilLive(to, `live/${name}`).finally(() => clearInterval(timer));
}

describe('one probe, one closed connection, one counter, one line', () => {
  const start = [connectCommand('live'), createStream];
  it.each<readonly [string, string, readonly Uint8Array[]]>([
    ['a command with an empty body', 'MALFORMED', [connectCommand('live'), message(20, 0, new Uint8Array(0))]],
    ['publish with a number as name', 'MALFORMED', [...start, publishCommand(7)]],
    ['AMF0 nested 1000 deep', 'MALFORMED', [message(20, 0, nested(1000))]],
    ['AMF0 nested 16,000 deep', 'MALFORMED', [message(20, 0, nested(16_000))]],
    ['AMF0 nested 60,000 deep, longer than a stranger may send', 'MALFORMED', [message(20, 0, nested(60_000))]],
    ['chunk size 0', 'MALFORMED', [hex('02 000000 000004 01 00000000 00000000')]],
    ['chunk size 2^31', 'MALFORMED', [hex('02 000000 000004 01 00000000 80000000')]],
    ['a negative chunk size', 'MALFORMED', [hex('02 000000 000004 01 00000000 ffffffff')]],
    ['an array of 4 billion', 'MALFORMED', [message(20, 0, hex('02 0001 78 00 0000000000000000 0a ffffffff'))]],
    ['a string of 4 GB', 'MALFORMED', [message(20, 0, hex('0c ffffffff 61'))]],
    ['a reference to nothing', 'MALFORMED', [message(20, 0, hex('02 0001 78 00 0000000000000000 07 0000'))]],
    ['a chunk of type 3 first', 'MALFORMED', [hex('c3 00')]],
    ['a message of 16 MB', 'MALFORMED', [hex('04 000000 ffffff 09 01000000')]],
    ['a command before connect', 'MALFORMED', [createStream]],
    ['a name that leaves its folder', 'REFUSED', [...start, publishCommand('../../etc/passwd')]],
    ['a name with a NUL', 'REFUSED', [...start, publishCommand('a\0b')]],
    ['a name with dots in percents', 'REFUSED', [...start, publishCommand('%2e%2e%2fhealthy')]],
    ['a name of 5000 letters', 'REFUSED', [...start, publishCommand('a'.repeat(5000))]],
    ['a name that looks like another', 'REFUSED', [...start, publishCommand('he\u0430lthy')]],
    ['a name that nobody publishes', 'REFUSED', [...start, playCommand('nobody')]],
    ['2000 commands', 'MALFORMED', [connectCommand('live'), ...Array(2000).fill(command(0, '_checkbw', 9, null))]],
    ['2000 messages of media from one who publishes nothing', 'MALFORMED', [...start, ...Array(2000).fill(video('x'))]],
    [
      '150 chunk streams that declare much',
      'MALFORMED',
      [
        concat(
          Array.from({ length: 150 }, (_, i) => hex(`00 ${byteOf(i)} 000000 00ffff 09 01000000 ${'00'.repeat(128)}`)),
        ),
      ],
    ],
    ['random bytes', 'MALFORMED', [Uint8Array.from({ length: 65_536 }, (_, i) => (Math.sin(i) * 1e6) & 255)]],
  ])('%s', async (_name, reason, pieces) => {
    figures.probes++;
    const counts = { lines: endings(server).length, reason: await ended(reason) };
    const attacker = await peer();
    attacker.send(...pieces);
    await attacker.closed;
    await until('it is counted', async () => (await ended(reason)) === counts.reason + 1);
    await until('it is logged', () => endings(server).length === counts.lines + 1);
    expect(endings(server).at(-1)?.reason).toBe(reason);
  });

  it('an HTTP request on the RTMP port', async () => {
    const before = await ended('MALFORMED');
    const attacker = await peer({ handshake: false });
    attacker.send(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
    await attacker.closed;
    await until('it is counted', async () => (await ended('MALFORMED')) === before + 1);
    expect(attacker.receivedBytes()).toBe(0);
  });

  it('chunk size 1 and a tcUrl that is no URL are odd and legal', async () => {
    const attacker = await peer();
    attacker.send(connectCommand('live', 'not a url'), createStream);
    await until('it has its answers', () => attacker.commands.filter(({ name }) => name === '_result').length === 2);
    const single = await peer();
    single.send(hex('02 000000 000004 01 00000000 00000001'));
    await delay(300);
    expect([attacker.isClosed(), single.isClosed()]).toEqual([false, false]);
  });

  it('slow lorises: no byte, half a handshake, a handshake and silence, a byte a second', {
    timeout: 120_000,
  }, async () => {
    const before = await ended('TIMEOUT');
    const lorises = await Promise.all([
      peer({ handshake: false }),
      peer({ handshake: false }),
      peer(),
      peer({ handshake: false }),
    ]);
    lorises[1]?.send(new Uint8Array(700).fill(3));
    lorises[3]?.send(hex('03'));
    const timer = setInterval(() => lorises[3]?.send(hex('00')), 1000);
    await Promise.all(lorises.map((each) => each.closed));
    clearInterval(timer);
    await until('all are counted', async () => (await ended('TIMEOUT')) === before + 4);
  });
});

describe('who is not the accepted publisher feeds nothing', () => {
  it('a player that sends video', async () => {
    const before = viewer.tags.length;
    const player = await peer();
    player.send(connectCommand('live'), createStream, playCommand('healthy'));
    await until('it plays', () => statusCodes(player).includes('NetStream.Play.Start'));
    for (let i = 0; i < 20; i++) player.send(video('FORGED'));
    await until('the stream goes on', () => viewer.tags.length > before + 60);
    expectNoneForged(viewer, 20);
  });

  it('a refused publisher that keeps its socket open', async () => {
    const before = viewer.tags.length;
    const refused = await peer({ stubborn: true });
    refused.send(connectCommand('live'), createStream, publishCommand('healthy'), video('FORGED'));
    await until('it is refused', () => statusCodes(refused).includes('NetStream.Publish.BadName'));
    let sent = 1;
    const timer = setInterval(() => {
      refused.send(video('FORGED'));
      sent++;
    }, 20);
    await refused.closed;
    clearInterval(timer);
    await until('the stream goes on', () => viewer.tags.length > before + 60);
    expectNoneForged(viewer, sent);
  });

  it('a publisher that an operator sent away, beside the one who came after it', async () => {
    const kicked = await peer({ stubborn: true });
    await publishRaw(server, kicked, 'kicked');
    await server.api('/streams/default/live/kicked', { method: 'DELETE' });
    let sent = 0;
    const timer = setInterval(() => {
      kicked.send(video('FORGED'));
      sent++;
    }, 5);
    cleanups.push(() => clearInterval(timer));
    const next = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/kicked' });
    const loop = playForEver(next, picture.tags);
    cleanups.push(async () => {
      await next.drop();
      await loop.stop();
    });
    await untilLive(server, 'live/kicked');
    const watching = await FlvViewer.open(`${server.playback}/live/kicked.flv`);
    cleanups.push(() => watching.close());
    await until('the stream goes on', () => watching.tags.length > 100);
    await kicked.closed;
    expectNoneForged(watching, sent);
  });

  it('a publisher that was taken over', async () => {
    const own = await openServer([{ match: {}, publish: { secondPublisher: 'takeover' } }]);
    cleanups.push(() => own.stop());
    const first = await rawRtmp(own.rtmpPort, { stubborn: true });
    cleanups.push(() => first.socket.destroy());
    await publishRaw(own, first, 'mine');
    const second = await RtmpPublisher.open({ port: own.rtmpPort, path: 'live/mine' });
    let sent = 0;
    const timer = setInterval(() => {
      first.send(video('FORGED'));
      sent++;
    }, 5);
    cleanups.push(() => clearInterval(timer));
    const loop = playForEver(second, picture.tags);
    cleanups.push(async () => {
      await second.drop();
      await loop.stop();
    });
    await untilLive(own, 'live/mine');
    const watching = await FlvViewer.open(`${own.playback}/live/mine.flv`);
    cleanups.push(() => watching.close());
    await until('the stream goes on', () => watching.tags.length > 100);
    expectNoneForged(watching, sent);
  });
});

describe('a path that leads elsewhere', () => {
  const odd = [
    '..',
    '%2e%2e',
    '..%2f..',
    '..%5c..',
    '.%00',
    'healthy%00',
    'he%d0%b0lthy',
    'healthy%ff',
    'a'.repeat(300),
  ];
  const files = ['.flv', '.m3u8', '.jpg', '.vtt', '/~/1.m4s', '/~/init-1.mp4', '/~/sprite-1.jpg', ''];
  const absolute = [
    '//etc/passwd',
    '/live/../../../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/_headwater/../secrets.json',
  ];

  const hasHead = (answer: string) => answer.includes('\r\n\r\n');

  it('opens nothing at the door of viewers, however it is spelt', async () => {
    const paths = [...odd.flatMap((name) => files.map((file) => `/live/${name}${file}`)), ...absolute];
    for (const path of paths) {
      const answer = await raw(
        server.playbackPort,
        `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
        hasHead,
      );
      figures.paths++;
      expect([path, answer.slice(0, 12)]).toEqual([path, expect.stringMatching(/^HTTP\/1.1 40[04]$/)]);
      expect(answer).not.toMatch(/root:|headwater_|"pushKey"/);
    }
    const { streams } = await server.api<{ streams: unknown[] }>('/streams');
    expect(streams).toHaveLength(1);
  });

  it('or a head or a body that is too long, is refused and not kept', async () => {
    const before = await residentBytes();
    const login = `Authorization: Bearer ${server.secrets.adminPassword}`;
    const long = `Host: a\r\nX-Long: ${'x'.repeat(200_000)}\r\n\r\n`;
    const body = 'x'.repeat(8_000_000);
    const post = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\n${login}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const answers = [
      await raw(server.playbackPort, `GET /live/healthy.flv HTTP/1.1\r\n${long}`, hasHead),
      await raw(server.controlPort, `GET /api/v1/streams HTTP/1.1\r\n${long}`, hasHead),
      await raw(server.controlPort, post('/api/v1/blocks'), hasHead),
      await raw(server.playbackPort, post('/_headwater/beacon'), hasHead),
    ];
    expect(answers.map((answer) => answer.slice(9, 12))).toEqual(['431', '431', '413', '413']);
    await expectLittleMore(before);
  });
});

describe('nothing grows', () => {
  it('B45 400 plays of names that nobody publishes leave nothing behind', async () => {
    const before = await ended('REFUSED');
    for (let round = 0; round < 40; round++) {
      const players = Array.from(
        { length: 10 },
        (_, i) => new RtmpPlayer({ port: server.rtmpPort, path: `live/nobody-${round}-${i}` }),
      );
      await Promise.all(players.map((player) => player.closed));
    }
    await until('all are counted', async () => (await ended('REFUSED')) === before + 400);
    const { streams } = await server.api<{ streams: unknown[] }>('/streams');
    expect(streams).toHaveLength(1);
    expect(await counted(server, 'headwater_viewers{protocol="rtmp"}')).toBe(0);
  });

  it('messages begun on many chunk streams of many connections take no memory that was not sent', async () => {
    const before = await residentBytes();
    const attackers = await Promise.all(Array.from({ length: 40 }, () => peer()));
    for (const attacker of attackers) {
      attacker.send(
        connectCommand('live'),
        concat(
          Array.from({ length: 25 }, (_, i) => hex(`00 ${byteOf(i)} 000000 00ffff 09 01000000 ${'00'.repeat(128)}`)),
        ),
      );
    }
    await delay(500);
    // 40 connections at their bound of 256 KiB.
    await expectLittleMore(before);
    for (const attacker of attackers) attacker.socket.destroy();
  });

  it('a peer that asks and never reads the answers', async () => {
    const before = await residentBytes();
    const deaf = await peer();
    deaf.send(connectCommand('live'), createStream, playCommand('healthy'));
    await until('it plays', () => statusCodes(deaf).includes('NetStream.Play.Start'));
    deaf.socket.pause();
    const pings = concat(Array(20_000).fill(message(4, 0, hex('0006 00000000'))));
    for (let i = 0; i < 30 && !deaf.isClosed(); i++) {
      if (!deaf.socket.write(pings)) {
        await Promise.race([new Promise((resolve) => deaf.socket.once('drain', resolve)), deaf.closed, delay(1000)]);
      }
    }
    await expectLittleMore(before);
  });

  it('a flood of connections from one address stops at its cap, and the next is let in when one leaves', async () => {
    const flood = await Promise.all(Array.from({ length: 80 }, () => peer({ handshake: false })));
    const isClosed = () => flood.filter((each) => each.isClosed()).length;
    // The healthy stream's publisher and viewer count too.
    await until('those above the cap are closed', () => isClosed() >= 22);
    await delay(200);
    expect(isClosed()).toBe(22);
    expect(server.log().some((line) => line.message === 'RTMP connections refused, there are too many')).toBe(true);
    for (const each of flood) each.socket.destroy();
    await until('there is room again', async () => {
      const next = await peer();
      next.send(connectCommand('live'));
      await until('it is answered or closed', () => next.commands.length > 0 || next.isClosed());
      return next.commands.length > 0;
    });
  });
});

it('a decision that cannot be had is a refusal', async () => {
  const remoteAuth = { url: 'http://127.0.0.1:1/', timeoutMs: 500 };
  const own = await openServer([], {
    domains: [{ ...OPEN_DOMAIN, push: { auth: { type: 'no_auth' }, remoteAuth } }],
  });
  cleanups.push(() => own.stop());
  const refused = await RtmpPublisher.open({ port: own.rtmpPort, path: 'live/x' }).catch((error) => error);
  expect(refused.statuses.map((status: { code: string }) => status.code)).toEqual(['NetStream.Publish.Denied']);
});
