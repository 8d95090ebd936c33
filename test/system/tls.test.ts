import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { get } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { FlvReader } from '../../src/protocol/flv/index.ts';
import { type CertificateFiles, certificateNameAt, writeCertificate } from '../support/certificate.ts';
import { raw } from '../support/http.ts';
import { type Headwater, runToEnd, start, tempDir, testPictureArgs, until, untilLive } from '../support/index.ts';

import { type MadeFlv, makeFlv, openServer, playForEver, RtmpPublisher } from '../support/peers.ts';

let server: Headwater;
let files: CertificateFiles;
let folder: Awaited<ReturnType<typeof tempDir>>;
let picture: MadeFlv;
let publisher: RtmpPublisher;
let ports: { rtmpsPort: number; playbackTlsPort: number };
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await tempDir('tls');
  files = await writeCertificate(folder.path, 'first.test');
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' });
  const env = {
    HEADWATER_TLS_CERT_FILE: files.certFile,
    HEADWATER_TLS_KEY_FILE: files.keyFile,
    HEADWATER_RTMPS_PORT: '0',
    HEADWATER_PLAYBACK_TLS_PORT: '0',
  };
  server = await openServer([{ publish: { waitSeconds: 0 } }], { env });
  ports = JSON.parse(await readFile(join(server.dataDir, 'ready.json'), 'utf8'));
  publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/tls' });
  playForEver(publisher, picture.tags);
  await untilLive(server, 'live/tls');
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

afterAll(async () => {
  await publisher?.drop();
  await server?.stop();
  await picture?.remove();
  await folder?.remove();
});

const https = (path: string) => `https://127.0.0.1:${ports.playbackTlsPort}${path}`;

function http2(): ClientHttp2Session {
  const session = connectHttp2(https(''), { rejectUnauthorized: false });
  cleanups.push(() => session.destroy());
  return session;
}

async function answerOf(stream: ClientHttp2Stream) {
  const [headers] = (await once(stream, 'response')) as [Record<string, string | number>];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return { status: headers[':status'], headers, body, text: body.toString() };
}

const getHttp2 = (session: ClientHttp2Session, path: string) => answerOf(session.request({ ':path': path }));

/** Resolves once the viewer has got frames since it was called. */
async function moreTags(reader: FlvReader, source: NodeJS.ReadableStream): Promise<number> {
  let count = 0;
  const onData = (bytes: Uint8Array) => {
    count += reader.push(bytes).length;
  };
  source.on('data', onData);
  await until('more frames came', () => count > 20);
  source.off('data', onData);
  return count;
}

describe('what is printed', () => {
  it('names HTTPS and RTMPS once there is a certificate', async () => {
    type Setup = { obs: { server: string }; urls: Record<string, string> };
    type Streams = { streams: { name: string; urls: Record<string, string> }[] };
    const { obs, urls } = await server.api<Setup>('/setup?app=live&name=tls');
    expect(obs.server).toBe(`rtmps://127.0.0.1:${ports.rtmpsPort}/live`);
    expect(urls).toEqual({
      page: https('/live/tls'),
      hls: https('/live/tls.m3u8'),
      flv: https('/live/tls.flv'),
      rtmp: `rtmps://127.0.0.1:${ports.rtmpsPort}/live/tls`,
    });
    const { streams } = await server.api<Streams>('/streams');
    expect(streams.find(({ name }) => name === 'tls')?.urls).toEqual(urls);
  });
});

describe('RTMPS', () => {
  it('takes a push of FFmpeg and plays it back to FFmpeg', async () => {
    const url = `rtmps://127.0.0.1:${ports.rtmpsPort}/live/secure`;
    const args = [
      ...testPictureArgs({ size: '160x90', bitrate: '100k', gop: 30 }),
      '-tls_verify',
      '0',
      '-f',
      'flv',
      url,
    ];
    const ffmpeg = start('ffmpeg', args);
    cleanups.push(() => ffmpeg.stop());
    await untilLive(server, 'live/secure', ffmpeg);
    const frames = ['-count_frames', '-select_streams', 'v', '-read_intervals', '%+1', '-of', 'csv=p=0'];
    const shown = ['-tls_verify', '0', ...frames, '-show_entries', 'stream=codec_name,nb_read_frames', url];
    expect(await runToEnd('ffprobe', ['-v', 'error', ...shown])).toMatch(/^h264,\d+/);
  });
});

describe.each([
  ['RTMPS', () => ports.rtmpsPort],
  ['HTTPS', () => ports.playbackTlsPort],
])('what %s agrees to, as openssl sees it', (_door, port) => {
  /** The protocol and cipher, or nothing where there is no handshake. */
  async function handshake(...args: readonly string[]): Promise<string> {
    const to = ['-connect', `127.0.0.1:${port()}`, '-servername', 'first.test'];
    const client = spawn('openssl', ['s_client', ...to, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    const stdout = await text(client.stdout);
    const [, version = '', cipher = ''] = /^New, (\S+), Cipher is (\S+)$/m.exec(stdout) ?? [];
    return cipher === '(NONE)' || cipher === '' ? '' : `${version} ${cipher}`;
  }

  it.each(['-tls1', '-tls1_1'])('nothing older than TLS 1.2: %s', async (version) => {
    expect(await handshake(version, '-cipher', 'ALL:@SECLEVEL=0')).toBe('');
  });

  it.each(['kRSA', 'SHA256:!AESGCM:!CHACHA20', 'SHA1', 'NULL', 'aNULL'])(
    'no cipher without forward secrecy or without authenticated encryption: %s',
    async (cipher) => {
      expect(await handshake('-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`)).toBe('');
    },
  );

  it('TLS 1.2 with AES-GCM or ChaCha20, and TLS 1.3', async () => {
    expect(await handshake('-tls1_2')).toMatch(/^TLSv1\.2 ECDHE-(RSA|ECDSA)-(AES|CHACHA)/);
    expect(await handshake('-tls1_2', '-cipher', 'CHACHA20')).toMatch(/^TLSv1\.2 ECDHE-\w+-CHACHA20/);
    expect(await handshake('-tls1_3')).toMatch(/^TLSv1\.3 TLS_/);
  });
});

describe('HTTPS', () => {
  it('gives FLV to FFmpeg', async () => {
    const args = ['-v', 'error', '-tls_verify', '0', '-i', https('/live/tls.flv'), '-t', '1', '-f', 'null', '-'];
    await runToEnd('ffmpeg', args);
  });

  it('gives HLS to FFmpeg', async () => {
    const args = ['-v', 'error', '-tls_verify', '0', '-i', https('/live/tls.m3u8'), '-t', '1', '-f', 'null', '-'];
    await runToEnd('ffmpeg', args);
  });

  it.each(['1.1', '2'])('answers curl over HTTP/%s', async (version) => {
    const args = ['-sk', `--http${version}`, '-o', '/dev/null', '-w', '%{http_version} %{http_code}'];
    expect(await runToEnd('curl', [...args, https('/live/tls.m3u8')])).toBe(`${version} 200`);
  });

  it('gives FLV over a secure WebSocket', async () => {
    const socket = new WebSocket(https('/live/tls.flv').replace('https', 'wss'), { rejectUnauthorized: false });
    cleanups.push(() => socket.terminate());
    const [message] = (await once(socket, 'message')) as [Buffer];
    expect(message.subarray(0, 3).toString()).toBe('FLV');
  });
});

describe('slow and strange clients of HTTPS', () => {
  const say = async (bytes: string, protocols: string[]) => {
    const socket = connectTls({
      host: '127.0.0.1',
      port: ports.playbackTlsPort,
      rejectUnauthorized: false,
      ALPNProtocols: protocols,
    });
    socket.on('error', () => socket.destroy());
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    const closed = once(socket, 'close');
    socket.write(bytes);
    await closed;
    return text;
  };

  it.each([
    ['a head that never ends', 'GET / HTTP/1.1\r\nHost: a\r\n', ['http/1.1'], /^HTTP\/1.1 408 /],
    ['no HTTP', '\x00\x01\r\n\r\n', ['http/1.1'], /^HTTP\/1.1 400 /],
    ['HTTP/1.1 where HTTP/2 was agreed on', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', ['h2'], /^/],
  ])('close after %s', async (_, bytes, protocols, expected) => {
    expect(await say(bytes, protocols)).toMatch(expected);
    expect((await getHttp2(http2(), '/live/tls.m3u8')).status).toBe(200);
  });

  it.each([
    ['HTTPS', 'playbackTlsPort', 'headwater_playback_connections_refused_total{reason="TLS"}', 'playback'],
    ['RTMPS', 'rtmpsPort', 'headwater_rtmp_connections_ended_total{reason="MALFORMED"}', 'RTMPS'],
  ] as const)('that speak no TLS to %s are closed, counted and logged', async (_, port, name, word) => {
    const before = (await server.metric(name)) ?? 0;
    await raw(ports[port], 'GET / HTTP/1.1\r\n\r\n');
    expect(await server.metric(name)).toBe(before + 1);
    const message = `${word} connections closed, the TLS handshake failed`;
    const [line] = server.log().filter((each) => each.message === message);
    expect(line).toMatchObject({ address: expect.stringContaining('127.0.0.1'), failed: 1 });
  });
});

describe('HTTP/2', () => {
  it('gives all of HLS over one connection', async () => {
    const session = http2();
    const multivariant = await getHttp2(session, '/live/tls.m3u8');
    expect(multivariant.status).toBe(200);
    const media = `/live/${multivariant.text.split('\n').find((line) => line.startsWith('tls/'))}`;
    const playlist = await getHttp2(session, media);
    expect(playlist.headers['access-control-allow-origin']).toBe('*');
    const names = playlist.text.split('\n').filter((line) => /^\d+\.m4s$/.test(line));
    const segment = await getHttp2(session, media.replace('live.m3u8', names[0] ?? 'none'));
    expect([segment.status, segment.headers['content-type']]).toEqual([200, 'video/mp4']);
    expect(segment.headers['content-length']).toBe(String(segment.body.length));
    const part = session.request({ ':path': media.replace('live.m3u8', names[0] ?? ''), range: 'bytes=4-7' });
    expect((await answerOf(part)).body).toEqual(segment.body.subarray(4, 8));
  });

  it('gives several FLV streams on one connection, and ends them with the publisher', async () => {
    const own = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/h2' });
    const playing = playForEver(own, picture.tags);
    await untilLive(server, 'live/h2');
    const session = http2();
    const streams = [session.request({ ':path': '/live/h2.flv' }), session.request({ ':path': '/live/h2.flv' })];
    const readers = streams.map((stream) => moreTags(new FlvReader(), stream));
    await Promise.all(readers);
    const ended = streams.map((stream) => once(stream.resume(), 'end'));
    await playing.stop();
    await own.unpublish();
    await Promise.all(ended);
    const after = await getHttp2(session, '/live/h2.flv');
    expect([after.status, JSON.parse(after.text).code]).toEqual([404, 'STREAM_NOT_LIVE']);
  });

  it('forgets a viewer that leaves its stream, not its connection', async () => {
    const session = http2();
    const stream = session.request({ ':path': '/live/tls.flv' });
    await moreTags(new FlvReader(), stream);
    const viewers = async () =>
      (await server.api<{ streams: { name: string; viewers: { flv: number } }[] }>('/streams')).streams.find(
        ({ name }) => name === 'tls',
      )?.viewers.flv;
    expect(await viewers()).toBe(1);
    stream.close();
    await until('the viewer is forgotten', async () => (await viewers()) === 0);
    expect((await getHttp2(session, '/live/tls.m3u8')).status).toBe(200);
  });

  it('gives the pages that Express has', async () => {
    const session = http2();
    const beacon = {
      v: 1,
      app: 'live',
      stream: 'tls',
      protocol: 'flv',
      session: 'a',
      watchedMs: 1,
      stalledMs: 0,
      stalls: 0,
    };
    const post = session.request({ ':method': 'POST', ':path': '/_headwater/beacon', 'content-type': 'text/plain' });
    post.end(JSON.stringify(beacon));
    expect((await answerOf(post)).status).toBe(204);
    const nothing = await getHttp2(session, '/live/tls/a/b/c/d/e');
    expect([nothing.status, JSON.parse(nothing.text).code]).toEqual([404, 'NOT_FOUND']);
  });

  it('answers HEAD and OPTIONS', async () => {
    const session = http2();
    const head = await answerOf(session.request({ ':method': 'HEAD', ':path': '/live/tls.flv' }));
    expect([head.status, head.headers['content-type'], head.body.length]).toEqual([200, 'video/x-flv', 0]);
    const options = await answerOf(session.request({ ':method': 'OPTIONS', ':path': '/live/tls.flv' }));
    expect([options.status, options.headers['access-control-allow-methods']]).toEqual([204, 'GET, HEAD, OPTIONS']);
  });
});

describe('certificates', () => {
  it('B42 are swapped under a viewer, who goes on; a bad pair is refused and said', async () => {
    const request = get(https('/live/tls.flv'), { rejectUnauthorized: false, agent: false });
    const [viewer] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
    cleanups.push(() => viewer.destroy());
    const session = http2();
    expect((await getHttp2(session, '/live/tls.m3u8')).status).toBe(200);
    const reader = new FlvReader();
    await moreTags(reader, viewer);

    await writeCertificate(folder.path, 'second.test');
    await until(
      'HTTPS shows the new one',
      async () => (await certificateNameAt(ports.playbackTlsPort)) === 'second.test',
    );
    expect(await certificateNameAt(ports.rtmpsPort)).toBe('second.test');
    await moreTags(reader, viewer);
    expect((await getHttp2(session, '/live/tls.m3u8')).status).toBe(200);

    await writeFile(files.certFile, 'half a certifi');
    await until(
      'the bad one is refused',
      async () => ((await server.metric('headwater_certificates_refused_total')) ?? 0) > 0,
    );
    expect(await certificateNameAt(ports.playbackTlsPort)).toBe('second.test');
    await moreTags(reader, viewer);
    const expiry = await server.metric(`headwater_certificate_expiry_seconds{file="${files.certFile}"}`);
    expect(expiry).toBeGreaterThan(Date.now() / 1000);
    expect([viewer.complete, viewer.destroyed, session.closed]).toEqual([false, false, false]);
    console.log(`certificates swapped: FLV and HTTP/2 on the connections of before, 1 of 1 broken pairs refused`);
  });
});
