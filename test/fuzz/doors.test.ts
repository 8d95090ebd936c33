import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, isIP } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClientAddresses, PeerAddresses, proxyFront } from '../../src/access/index.ts';
import { describedActions, SERVICES } from '../../src/server/apsara/index.ts';
import { type Key, newKey } from '../support/apsara-clients.ts';
import { type Headwater, until } from '../support/index.ts';
import { ODD_TEXTS } from '../support/schema-values.ts';
import { type Asked, askForUpload, startUploadServer } from '../support/uploads.ts';
import { FUZZ, mutated } from './mutations.ts';
import { isNoFault, OPEN_RULES, tell, type Watched, watch } from './watched.ts';

const { RPCClient } = createRequire(import.meta.url)('@alicloud/pop-core');

let server: Headwater;
let watched: Watched;
let key: Key;
let upload: Asked;

beforeAll(async () => {
  server = await startUploadServer({ rules: OPEN_RULES });
  watched = await watch(server);
  // Before the door of operators has heard too many wrong passwords.
  key = await newKey(server);
  upload = await askForUpload(server);
  await watched.begin();
}, 180_000);

afterAll(async () => {
  await watched?.close();
  await server?.stop();
});

const tellAll = (...args: Parameters<Watched['tellAll']>) => watched.tellAll(...args);

const head = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\nHost: localhost\r\n\r\n`;
const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
const WS_KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

describe('a stranger with bytes that are nearly right', () => {
  it('at the playback door', async () => {
    const seeds = [
      head('GET /live/one.m3u8 HTTP/1.1', 'Accept-Encoding: gzip'),
      head('GET /live/one.flv?onlyVideo=1 HTTP/1.1', 'Range: bytes=0-99, 5-'),
      head('HEAD /live/one/~/sprite-1.jpg HTTP/1.1', 'If-Range: "x"'),
      head('GET /live/one.m3u8?_HLS_msn=1&_HLS_part=2&lhs_start_unix_s_0=1 HTTP/1.1'),
      head('GET /vod/0000/main.m3u8?token=a.b.c HTTP/1.1', 'Referer: http://a/'),
      head('GET /live/one HTTP/1.1', 'X-Forwarded-For: 1.2.3.4', 'Forwarded: for="[::1]:1"'),
      head('GET http://other:1/live/one/timeline.json HTTP/1.1'),
      head('OPTIONS /live/one.flv HTTP/1.1', 'Origin: null', 'Access-Control-Request-Method: GET'),
      'POST /_headwater/beacon HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\n\r\n{"session":"a"}',
      'POST /_headwater/beacon HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n',
      head('GET /.well-known/acme-challenge/abc HTTP/1.1'),
      head('GET /live.m3u HTTP/1.0'),
    ];
    await tellAll(mutated(seeds), server.playbackPort, isNoFault);
  });

  it('at the RTMP door, with captures of encoders', async () => {
    const captures = ['obs29.bin', 'ffmpeg51.bin'].map((file) =>
      readFileSync(new URL(`../fixtures/captures/${file}`, import.meta.url)).subarray(0, 12_000),
    );
    await tellAll(
      mutated(captures, 10),
      server.rtmpPort,
      () => undefined,
      () => false,
    );
  });

  it('in a WebSocket of FLV and in one of events', async () => {
    const masked = (...bytes: readonly number[]) => Buffer.from(bytes).toString('latin1');
    const frames = [
      masked(0x82, 0x85, 1, 2, 3, 4, 9, 9, 9, 9, 9),
      masked(0x89, 0x80, 0, 0, 0, 0),
      masked(0x88, 0x82, 0, 0, 0, 0, 3, 0xe8),
      masked(0x01, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0),
      masked(0xf2, 0x80, 0, 0, 0, 0),
    ];
    const flvSeeds = frames.map((frame) =>
      Buffer.from(head('GET /live/one.flv HTTP/1.1', ...upgrade, WS_KEY) + frame + frame, 'latin1'),
    );
    await tellAll(mutated(flvSeeds, 3), server.playbackPort, isNoFault, () => false);
    const login = `Authorization: Bearer ${server.secrets.adminPassword}`;
    const eventSeeds = frames.map((frame) =>
      Buffer.from(head('GET /api/v1/events/stream HTTP/1.1', ...upgrade, WS_KEY, login) + frame, 'latin1'),
    );
    await tellAll(mutated(eventSeeds, 3), server.controlPort, isNoFault, () => false);
    const placeless = ['//', '//[', 'http://[', '*', '/api/v1/events/stream?after=%zz'].map((url) =>
      head(`GET ${url} HTTP/1.1`, ...upgrade, WS_KEY),
    );
    for (const port of [server.playbackPort, server.controlPort])
      await tellAll(mutated(placeless, 1), port, isNoFault, () => false);
  });

  it('at the upload door, by tus and as OSS', async () => {
    const { tus } = upload.access;
    const { pathname } = new URL(tus.url);
    const bearer = [`Authorization: Bearer ${tus.token}`, 'Tus-Resumable: 1.0.0'];
    const withBody = (lines: readonly string[], body: string) =>
      `${lines.join('\r\n')}\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const seeds = [
      withBody(['POST /_upload/tus HTTP/1.1', ...bearer, 'Upload-Length: 9', 'Upload-Metadata: filename YQ=='], ''),
      withBody(
        [`PATCH ${pathname} HTTP/1.1`, ...bearer, 'Upload-Offset: 0', 'Content-Type: application/offset+octet-stream'],
        'nine bytes',
      ),
      withBody([`PATCH ${pathname} HTTP/1.1`, ...bearer, 'Upload-Offset: 0', 'Upload-Checksum: sha1 YWJj'], 'x'),
      head(`HEAD ${pathname} HTTP/1.1`, ...bearer),
      head('OPTIONS /_upload/tus HTTP/1.1'),
      withBody(['POST /bucket/vod/a.mp4?uploads HTTP/1.1', 'Authorization: OSS id:c2ln', 'Date: now'], ''),
      withBody(['PUT /bucket/a.mp4?partNumber=1&uploadId=x HTTP/1.1', 'Authorization: OSS id:c2ln'], 'part'),
      withBody(
        ['POST /bucket/a?uploadId=x HTTP/1.1', 'Authorization: OSS id:c2ln'],
        '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"x"</ETag></Part></CompleteMultipartUpload>',
      ),
      head('GET /?prefix=a&max-keys=10&OSSAccessKeyId=id&Expires=9999999999&Signature=c2ln HTTP/1.1'),
    ];
    await tellAll(mutated(seeds), server.uploadPort, isNoFault);
  });

  it('at the door of operators', async () => {
    const login = `Authorization: Bearer ${server.secrets.adminPassword}`;
    const json = (lines: readonly string[], body: string) =>
      `${[...lines, login, 'Content-Type: application/json', `Content-Length: ${body.length}`].join('\r\n')}\r\nHost: a\r\n\r\n${body}`;
    const seeds = [
      json(
        ['PUT /api/v1/domains/default HTTP/1.1', 'If-Match: "x"'],
        '{"name":"default","play":{"ip":{"mode":"allow"}}}',
      ),
      json(['POST /api/v1/login HTTP/1.1'], '{"user":"admin","password":"x","code":"1"}'),
      json(['POST /api/v1/links/explain HTTP/1.1'], '{"url":"rtmp://a/live/b?auth_key=1-2-3-4"}'),
      head('GET /api/v1/streams?limit=5&cursor=abc HTTP/1.1', login),
      head('GET /api/v1/recordings?from=2026-01-01T00:00:00Z&domain=default HTTP/1.1', login, 'If-None-Match: *'),
      head('GET /?Action=DescribeLiveDomains&Version=2016-11-01&Signature=c2ln&SignatureNonce=1 HTTP/1.1'),
      head('POST / HTTP/1.1', 'x-acs-action: DescribeLiveDomains', 'Authorization: ACS3-HMAC-SHA256 Credential=a'),
      head('GET /console/..%2f..%2fetc/passwd HTTP/1.1', 'Cookie: headwater_session=a.b.c'),
      head('GET /metrics HTTP/1.1', 'Authorization: Basic OjpA'),
    ];
    await tellAll(mutated(seeds), server.controlPort, isNoFault);
  });
});

it('signed calls of every action of the OpenAPI, with odd parameters, bring answers and codes but no fault', async () => {
  const { numRuns, seed } = FUZZ;
  const value = fc.oneof(
    fc.constantFrom(...ODD_TEXTS),
    fc.constantFrom('1', 'live', 'one', 'true', '[]', '{}', '[{}]'),
  );
  const faults: string[] = [];
  for (const [index, { version, name, parameters }] of describedActions(SERVICES).entries()) {
    const client = new RPCClient({
      ...{ endpoint: `http://127.0.0.1:${server.controlPort}`, apiVersion: version },
      ...{ accessKeyId: key.id, accessKeySecret: key.secret },
    });
    // Of a domain that is not there, so that nobody is sent away.
    const fields = parameters.map((each) => [each.name, each.name.includes('Domain') ? fc.constant('no.test') : value]);
    const calls = fc.sample(fc.record(Object.fromEntries(fields)), { seed: seed + index, numRuns: numRuns / 75 });
    for (const call of calls) {
      const options = { method: 'POST', timeout: 30_000, formatParams: false };
      const code = await client.request(name, call, options).then(
        () => undefined,
        (error: { code?: string; message: string }) => error.code ?? error.message,
      );
      if (code !== undefined && /Internal|Unknown|timeout|ECONN|JSON/i.test(code)) faults.push(`${name}: ${code}`);
    }
  }
  expect(faults).toEqual([]);
  await watched.expectUnhurt();
}, 240_000);

describe('PROXY protocol', () => {
  it('hands on what follows a right header, closes everything else, and takes an address from none but a trusted proxy', async () => {
    const v2 = Buffer.from('0d0a0d0a000d0a515549540a2111000c7f0000017f0000010001000247', 'hex');
    const seeds = ['PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nG', 'PROXY UNKNOWN\r\nG', 'PROXY TCP6 ::1 ::1 1 2\r\nG', v2];
    let open = 0;
    const seen: string[] = [];
    const peers = new PeerAddresses();
    const behind = createServer((socket) => {
      seen.push(peers.of(socket));
      socket.resume().on('error', () => socket.destroy());
      socket.end('behind');
    });
    const front = proxyFront(behind, {
      clients: new ClientAddresses({ trustedProxies: ['127.0.0.1'] }),
      ...{ peers, timeoutMs: 2000, onRefused: () => undefined },
    });
    front.on('connection', (socket) => {
      open++;
      socket.once('close', () => open--);
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    const { port } = front.address() as AddressInfo;
    for (const bytes of fc.sample(mutated(seeds, 4), FUZZ)) {
      const answer = await tell(port, bytes, () => false);
      expect(['', 'behind']).toContain(answer);
    }
    await until('all are closed', () => open === 0);
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.filter((address) => isIP(address) === 0)).toEqual([]);
    await new Promise((resolve) => front.close(resolve));
  });
});
