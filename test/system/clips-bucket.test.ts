import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { writeCertificate } from '../support/certificate.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { cancelDelay } from '../support/record-command.ts';
import { RtmpPublisher } from '../support/rtmp-publisher.ts';
import { type Swift, startSwift } from '../support/swift.ts';

const ts = {
  format: 'm3u8',
  sliceSeconds: 5,
  sliceObject: '{AppName}/{StreamName}/{UnixTimestamp}_{Sequence}',
} as const;
const RULES: RulesInput = {
  domains: [OPEN_DOMAIN],
  streams: [
    { record: { enabled: true, storage: 'swift', delaySeconds: 15, formats: [ts] }, publish: { waitSeconds: 0 } },
  ],
};

let home: Awaited<ReturnType<typeof tempDir>>;
let swift: Swift;
let server: Headwater;
let made: MadeFlv;
const kept = () => readdir(join(home.path, 'recordings/.archive/.clips'));

beforeAll(async () => {
  home = await tempDir('clips-bucket');
  swift = await startSwift();
  const { pathStyle: _, credentials, ...rest } = swift.bucket;
  const storages = [{ ...rest, ...credentials, name: 'swift', kind: 's3', pathStyle: 'on' }];
  const config = join(home.path, 'mine.yml');
  await writeFile(config, stringify({ storages, recordingsDir: join(home.path, 'recordings') }));
  const { certFile, keyFile } = await writeCertificate(home.path, 'clips.test');
  const tls = { HEADWATER_TLS_CERT_FILE: certFile, HEADWATER_TLS_KEY_FILE: keyFile, HEADWATER_PLAYBACK_TLS_PORT: '0' };
  const env = { HEADWATER_CONFIG: config, HEADWATER_RTMPS_PORT: '0', DATABASE_URL: '', ...tls };
  server = await startHeadwater({ rules: RULES, env });
  made = await makeFlv({ seconds: 14, gop: 30, size: '160x90', bitrate: '100k' });
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/show' });
  await publisher.play(made.tags, { speed: 4 });
  await publisher.unpublish();
  await cancelDelay(server, 'show');
  type Recorded = { recordings: unknown[] };
  await until('it is recorded', async () => (await server.api<Recorded>('/recordings')).recordings.length === 1);
}, 180_000);
afterAll(async () => {
  await server?.stop();
  await swift?.stop();
  await made?.remove();
  await home?.remove();
});

const post = <T>(what: string, body: object) =>
  server.api<T>(`/streams/default/live/show/${what}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });

async function overHttp2(path: string, headers: Record<string, string> = {}) {
  const { playbackTlsPort } = JSON.parse(await readFile(join(server.dataDir, 'ready.json'), 'utf8'));
  const session = connect(`https://127.0.0.1:${playbackTlsPort}`, { rejectUnauthorized: false });
  try {
    const stream = session.request({ ':path': path, ...headers });
    const [answer] = await once(stream, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return { status: answer[':status'], body: Buffer.concat(chunks) };
  } finally {
    session.destroy();
  }
}

describe('a clip that goes into a bucket', () => {
  type Shown = { id: string; state: string; url: string; object: string; sizeBytes: number };

  it('is there before the bucket has it, comes from there after, and goes from there', async () => {
    swift.freeze();
    const { id } = await post<Shown>('clips', { seconds: 5 });
    const clip = await until('it is made', async () => {
      const found = await server.api<Shown>(`/streams/default/live/show/clips/${id}`);
      return found.state === 'making' ? undefined : found;
    });
    expect(clip.state).toBe('ready');
    const path = new URL(clip.url).pathname;
    const before = await overHttp2(path);
    expect([before.status, before.body.length, await kept()]).toEqual([
      ...[200, clip.sizeBytes, expect.arrayContaining([`${id}.mp4`, `${id}.jpg`])],
    ]);
    swift.thaw();
    await until('the bucket has it', async () => (await kept()).length === 0);
    const after = await overHttp2(path, { range: 'bytes=1000-' });
    expect([after.status, after.body.equals(before.body.subarray(1000))]).toEqual([206, true]);
    const page = await overHttp2(path.replace('.mp4', ''));
    expect(page.body.toString()).toMatch(/og:video" content="https:\/\/127\.0\.0\.1:\d+\/live\/show\/clips/);
    await server.api(`/streams/default/live/show/clips/${id}`, { method: 'DELETE' });
    expect((await overHttp2(path)).status).toBe(404);
  });
});

describe('an index file', () => {
  it('has the URLs of slices that are in another storage, and beside them none', async () => {
    // What was pushed faster than it was made ends, by its length, later than now.
    const [from, to] = [new Date(Date.now() - 600_000), new Date(Date.now() + 60_000)];
    const range = { startTime: from.toISOString(), endTime: to.toISOString() };
    const index = await post<{ object: string }>('index-files', { ...range, object: 'x.m3u8', storage: 'recordings' });
    const text = await readFile(join(home.path, 'recordings', index.object), 'utf8');
    const { endpoint, bucket } = swift.bucket;
    for (const { uri } of parseMediaPlaylist(text).segments) {
      expect(uri).toMatch(new RegExp(`^${endpoint}/${bucket}/live/show/\\d+_\\d+\\.ts$`));
    }
    const beside = await post<{ object: string; durationSeconds: number }>('index-files', {
      ...range,
      object: 'x.m3u8',
    });
    expect(beside.durationSeconds).toBeCloseTo(14, 0);
  });
});
