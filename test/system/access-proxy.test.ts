import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeCertificate } from '../support/certificate.ts';
import { type Headwater, start, tempDir, testPictureArgs, until, untilLive } from '../support/index.ts';
import { endings, openServer } from '../support/peers.ts';

const V1 = (address: string) => `PROXY TCP4 ${address} 198.51.100.1 56324 443\r\n`;
const SIGNATURE = '0d0a0d0a000d0a515549540a';
/** PROXY, TCP over IPv4, 12 bytes of addresses. */
const V2 = (...address: number[]) =>
  Buffer.concat([
    Buffer.from(`${SIGNATURE}2111000c`, 'hex'),
    Buffer.from([...address, 198, 51, 100, 1, 220, 4, 1, 187]),
  ]);
const LOCAL = Buffer.from(`${SIGNATURE}20000000`, 'hex');

const RULES = [
  {
    name: 'default',
    push: { auth: { type: 'no_auth' as const } },
    play: { ip: { mode: 'deny' as const, list: ['203.0.113.0/24'] } },
  },
];

let server: Headwater;
let folder: Awaited<ReturnType<typeof tempDir>>;
let ports: { rtmpsPort: number; playbackTlsPort: number };
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await tempDir('proxy');
  const files = await writeCertificate(folder.path, 'proxy.test');
  const env = {
    HEADWATER_TRUSTED_PROXIES: '127.0.0.1',
    HEADWATER_PROXY_PROTOCOL_RTMP: 'on',
    HEADWATER_PROXY_PROTOCOL_PLAYBACK: 'on',
    HEADWATER_TLS_CERT_FILE: files.certFile,
    HEADWATER_TLS_KEY_FILE: files.keyFile,
    HEADWATER_RTMPS_PORT: '0',
    HEADWATER_PLAYBACK_TLS_PORT: '0',
  };
  server = await openServer([], { env, domains: RULES });
  ports = JSON.parse(await readFile(join(server.dataDir, 'ready.json'), 'utf8'));
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

afterAll(async () => {
  await server?.stop();
  await folder?.remove();
});

/** A load balancer that writes `header` in front of each connection; gives its port. */
async function balancer(header: string, port: number): Promise<number> {
  const front = createServer((near) => {
    const far = connect({ port, host: '127.0.0.1' });
    for (const socket of [near, far]) socket.on('error', () => socket.destroy());
    far.write(header);
    near.pipe(far).pipe(near);
    cleanups.push(() => far.destroy());
  }).listen(0, '127.0.0.1');
  await once(front, 'listening');
  cleanups.push(() => front.close());
  return (front.address() as AddressInfo).port;
}

async function answer(socket: Socket, bytes: readonly (string | Uint8Array)[]): Promise<string> {
  socket.on('error', () => socket.destroy());
  cleanups.push(() => socket.destroy());
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  const closed = once(socket, 'close');
  for (const each of bytes) {
    socket.write(each);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  return text;
}
const ask = (...bytes: (string | Uint8Array)[]) =>
  answer(connect({ port: server.playbackPort, host: '127.0.0.1', noDelay: true }), bytes);

const GET = 'GET /live/none.flv HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe('PROXY protocol on playback', () => {
  it.each([
    ['version 1', [V1('203.0.113.9') + GET], 'IP_DENIED'],
    ['version 1 from elsewhere', [V1('192.0.2.1') + GET], 'STREAM_NOT_LIVE'],
    ['version 2', [V2(203, 0, 113, 9), GET], 'IP_DENIED'],
    ['version 2 from elsewhere', [V2(192, 0, 2, 1), GET], 'STREAM_NOT_LIVE'],
    ["the balancer's own checks", [LOCAL, GET], 'STREAM_NOT_LIVE'],
    ['a header in pieces', [...V1('203.0.113.9'), ...GET], 'IP_DENIED'],
  ])('believes %s', async (_, bytes, expected) => expect(await ask(...bytes)).toContain(expected));

  it('closes without a word where it is missing or wrong, and counts', async () => {
    const name = 'headwater_playback_connections_refused_total{reason="MALFORMED"}';
    expect(await ask(GET)).toBe('');
    expect(await ask('PROXY TCP4 1.2.3 4.5.6.7 1 2\r\n')).toBe('');
    expect(await server.metric(name)).toBe(2);
  });

  it('comes before TLS', async () => {
    const raw = connect({ port: ports.playbackTlsPort, host: '127.0.0.1' });
    raw.write(V1('203.0.113.9'));
    const socket = connectTls({ socket: raw, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
    expect(await answer(socket, [GET])).toContain('IP_DENIED');
  });
});

describe('PROXY protocol on RTMP', () => {
  it.each(['rtmp', 'rtmps'])('tells the encoder behind it at %s', async (scheme) => {
    const port = await balancer(V1('192.0.2.55'), scheme === 'rtmp' ? server.rtmpPort : ports.rtmpsPort);
    const url = `${scheme}://127.0.0.1:${port}/live/${scheme}`;
    const args = [...testPictureArgs({ video: false }), ...(scheme === 'rtmps' ? ['-tls_verify', '0'] : [])];
    const ffmpeg = start('ffmpeg', [...args, '-f', 'flv', url]);
    cleanups.push(() => ffmpeg.stop());
    await untilLive(server, `live/${scheme}`, ffmpeg);
    type Streams = { streams: { name: string; publisher?: { address: string } }[] };
    const { streams } = await server.api<Streams>('/streams');
    expect(streams.find(({ name }) => name === scheme)?.publisher?.address).toBe('192.0.2.55');
  });

  it('closes a connection without a header', async () => {
    const socket = connect({ port: server.rtmpPort, host: '127.0.0.1' });
    expect(await answer(socket, [Buffer.alloc(1537, 3)])).toBe('');
    const name = 'headwater_rtmp_connections_ended_total{reason="MALFORMED"}';
    await until('it is counted', async () => (await server.metric(name)) === 1);
    expect(endings(server).filter(({ reason }) => reason === 'INTERNAL')).toEqual([]);
  });
});
