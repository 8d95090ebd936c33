import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlvTag } from '../../src/protocol/flv/index.ts';
import { type Child, type Headwater, start, until } from '../support/index.ts';
import { type Machine, type Network, openNetwork, whyNoNetwork } from '../support/network.ts';
import {
  FlvViewer,
  framesOf,
  HlsViewer,
  isSequenceHeader,
  type MadeFlv,
  makeFlv,
  openServer,
  playForEver,
  RtmpPublisher,
} from '../support/peers.ts';

/** With each picture, so that a segment is more than a socket takes that nobody reads from. */
const FILLER_BYTES = 300_000;
const LEAST_SEGMENT_BYTES = 6_000_000;
/** Two or three minutes go by at some doors. */
const isLong = process.env.FAULT_MINUTES !== undefined;
/** What is said at a door, and whether the answer is read. */
type Said = {
  readonly door: string;
  readonly port: number;
  readonly text: string;
  readonly reads?: boolean;
  readonly isSlow?: boolean;
};

const why = whyNoNetwork();
if (why !== undefined) console.log(`connections are not left half open: ${why}`);

let network: Network;
let far: Machine;
let server: Headwater;
let picture: MadeFlv;
const ends: (() => unknown)[] = [];

/** Opens all connections, says which is which by its own port, and that each has got as far as it will. */
const PEER = `
const { connect } = require('node:net');
const [host, ...said] = JSON.parse(process.argv[1]);
for (const { door, port, text, reads } of said) {
  const socket = connect(port, host, () => {
    console.log(JSON.stringify({ door, port: socket.localPort }));
    socket.write(Buffer.from(text, 'latin1'));
  });
  socket.on('error', () => {});
  if (reads) socket.resume();
  else socket.pause();
}
setInterval(() => {}, 1000);
`;

/** The server's connections with a machine, by that one's ports. */
function portsFrom(address: string): Set<number> {
  const own = new Set<string>();
  for (const descriptor of readdirSync(`/proc/${server.child.pid}/fd`)) {
    try {
      own.add(/socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${server.child.pid}/fd/${descriptor}`))?.[1] ?? '');
    } catch {
      // It was closed meanwhile.
    }
  }
  const hex = address
    .split('.')
    .reverse()
    .map((each) => Number(each).toString(16).padStart(2, '0').toUpperCase())
    .join('');
  const ports = new Set<number>();
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1)) {
      const [, , remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
      const [ip = '', port = ''] = remote.split(':');
      if (ip.endsWith(hex) && own.has(inode)) ports.add(Number.parseInt(port, 16));
    }
  }
  return ports;
}

/** A picture with a NAL unit behind it that decoders pass over. */
function filled(tag: FlvTag): FlvTag {
  if (tag.type !== 'video' || isSequenceHeader(tag)) return tag;
  const filler = Buffer.alloc(4 + FILLER_BYTES, 0xff);
  filler.writeUInt32BE(FILLER_BYTES);
  filler[4] = 12;
  return { ...tag, payload: Buffer.concat([tag.payload, filler]) };
}

async function publish(name: string, tags: readonly FlvTag[]): Promise<void> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  const playing = playForEver(publisher, tags);
  ends.push(() => playing.stop().then(() => publisher.unpublish()));
}

const ffmpeg = (...args: string[]): Child => {
  const child = start(...far.command('ffmpeg', ['-v', 'error', ...args]));
  ends.push(() => child.stop('SIGKILL'));
  return child;
};

describe.skipIf(why !== undefined)('a machine whose cable is pulled, with a connection at every door', () => {
  beforeAll(async () => {
    network = openNetwork();
    far = network.machine('far');
    picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', audio: false });
    const everywhere = ['RTMP', 'PLAYBACK', 'CONTROL', 'UPLOAD'].map((door) => [`HEADWATER_${door}_HOST`, '0.0.0.0']);
    server = await openServer([{ match: {}, publish: { waitSeconds: 5 }, hls: { segmentSeconds: 1 } }], {
      env: Object.fromEntries(everywhere),
    });
  }, 300_000);
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    await server?.stop();
    await picture?.remove();
    network?.close();
  });

  it('is noticed at each of them, and everybody else notices nothing', async () => {
    await publish('near', picture.tags);
    await publish('large', picture.tags.map(filled));
    const flv = await FlvViewer.open(`${server.playback}/live/near.flv`);
    const hls = await HlsViewer.open(`${server.playback}/live/large.m3u8`, { container: 'fmp4' });
    ends.push(
      () => flv.close(),
      () => hls.close(),
    );
    const segment = await until('a large segment is there', () => hls.segments.at(-1));
    expect(segment.bytes.length).toBeGreaterThan(LEAST_SEGMENT_BYTES);
    const { pathname } = new URL(segment.url);

    const head = `Host: ${network.host}\r\n`;
    const socket = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n';
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    const half = 'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"half":';
    const { rtmpPort, playbackPort, controlPort, uploadPort } = server;
    const all: Said[] = [
      { door: 'RTMP, half a handshake', port: rtmpPort, text: `\x03${'x'.repeat(700)}` },
      { door: 'HTTP-FLV', port: playbackPort, text: `GET /live/near.flv HTTP/1.1\r\n${head}\r\n`, reads: true },
      { door: 'HTTP-FLV, nothing read', port: playbackPort, text: `GET /live/large.flv HTTP/1.1\r\n${head}\r\n` },
      {
        door: 'WebSocket-FLV',
        ...{ port: playbackPort, text: `GET /live/near.flv HTTP/1.1\r\n${head}${socket}${key}`, reads: true },
      },
      { door: 'HLS, at rest', port: playbackPort, text: `GET /live/near.m3u8 HTTP/1.1\r\n${head}\r\n`, reads: true },
      {
        door: 'HLS, half a segment',
        port: playbackPort,
        text: `GET ${pathname} HTTP/1.1\r\n${head}\r\n`,
        isSlow: true,
      },
      { door: 'HLS, half a head', port: playbackPort, text: `GET /live/near.m3u8 HTTP/1.1\r\n${head}` },
      { door: 'playback, half a body', port: playbackPort, text: `POST /live/near/clip HTTP/1.1\r\n${head}${half}` },
      { door: 'control, half a head', port: controlPort, text: `GET / HTTP/1.1\r\n${head}` },
      {
        door: 'control, half a body',
        port: controlPort,
        text: `POST /api/v1/login HTTP/1.1\r\n${head}${half}`,
        isSlow: true,
      },
      { door: 'control, at rest', port: controlPort, text: `GET /healthz HTTP/1.1\r\n${head}\r\n`, reads: true },
      { door: 'upload, half a body', port: uploadPort, text: `PUT /some/object HTTP/1.1\r\n${head}${half}` },
    ];
    const said = all.filter(({ isSlow }) => isLong || !isSlow);
    const peer = start(...far.command(process.execPath, ['-e', PEER, JSON.stringify([network.host, ...said])]));
    ends.push(() => peer.stop('SIGKILL'));
    const rtmp = `rtmp://${network.host}:${rtmpPort}/live`;
    ffmpeg('-i', `${rtmp}/near`, '-c', 'copy', '-f', 'null', '-');
    ffmpeg('-re', '-f', 'lavfi', '-i', 'testsrc=size=160x90:rate=10', '-c:v', 'libx264', '-f', 'flv', `${rtmp}/far`);
    const connected = () => peer.stdout().split('\n').filter(Boolean);
    await until('all have come', () => connected().length === said.length);
    const doors = new Map(
      connected()
        .map((line) => JSON.parse(line) as { door: string; port: number })
        .map(({ door, port }) => [port, door]),
    );
    await until(
      'the encoder is there',
      async () => (await server.metric('headwater_streams{state="publishing"}')) === 3,
    );
    await until('and the player', () => portsFrom(far.address).size >= said.length);

    far.unplug('front');
    const pulledMs = performance.now();
    const open = new Map([...portsFrom(far.address)].map((port) => [port, doors.get(port) ?? 'RTMP by FFmpeg']));
    expect(open.size).toBeGreaterThan(said.length - 3);
    const closed: string[] = [];
    await until(
      'all are closed',
      () => {
        const left = portsFrom(far.address);
        for (const [port, door] of open) {
          if (left.has(port)) continue;
          open.delete(port);
          closed.push(`${door}: ${Math.round((performance.now() - pulledMs) / 1000)} s`);
        }
        return open.size === 0;
      },
      240_000,
      500,
    ).catch((error) => {
      throw new Error(`still open: ${[...open.values()].join(', ')}; ${closed.join('; ')}`, { cause: error });
    });
    console.log(`a cable pulled, closed after: ${closed.join('; ')}`);

    await until('its stream is over', async () => (await server.metric('headwater_streams{state="publishing"}')) === 2);
    const times = framesOf(flv.tags, 'video').map(({ timestampMs }) => timestampMs);
    for (const [index, timeMs] of times.entries()) {
      if (index > 0) expect(Math.abs(timeMs - times[index - 1]! - 33)).toBeLessThan(4);
    }
    expect(hls.failures).toEqual([]);
  }, 400_000);
});
