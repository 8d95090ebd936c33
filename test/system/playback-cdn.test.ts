import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import { signer } from '../support/access-rules.ts';
import { http } from '../support/http.ts';
import { type Headwater, until, untilLive } from '../support/index.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { type MadeFlv, makeFlv, openServer, playForEver, RtmpPublisher } from '../support/peers.ts';

const AUTH = { type: 'type_a', key1: 'playMainKey0123456789abc' } as const;
const VIEWERS = 50;
const SEGMENTS_WATCHED = 4;

let server: Headwater;
let nginx: Nginx;
let picture: MadeFlv;
let publisher: RtmpPublisher;

beforeAll(async () => {
  picture = await makeFlv({ seconds: 4, gop: 30, size: '160x90', bitrate: '100k' });
  const play = { auth: AUTH, sessionTokenIn: 'query' as const };
  const domains = [{ name: 'default', play, limits: { viewersPerAddress: 2 } }];
  server = await openServer([], { domains, env: { HEADWATER_TRUSTED_PROXIES: '127.0.0.1' } });
  const docs = await readFile(new URL('../../docs/cdn.md', import.meta.url), 'utf8');
  const block = /<!-- nginx.conf -->\n```nginx\n([^`]*)```/.exec(docs)?.[1] ?? '';
  nginx = await startNginx(block, { origin: server.playback });
  publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/cdn' });
  playForEver(publisher, picture.tags);
  await untilLive(server, 'live/cdn');
});

afterAll(async () => {
  await publisher?.drop();
  await nginx?.stop();
  await server?.stop();
  await picture?.remove();
});

/** A signed low-latency viewer: every playlist by blocking reload, every part and segment once. */
async function watch(viewer: number): Promise<number> {
  const headers = { 'x-forwarded-for': `192.0.2.${viewer + 1}` };
  const sign = signer(AUTH, { uid: `u${viewer}` });
  const base = nginx.url + sign('/live/cdn.m3u8');
  const multivariant = await http(base, { headers });
  expect(multivariant.status).toBe(200);
  const media = new URL(multivariant.text.split('\n').find((line) => line.startsWith('cdn/~/')) ?? '', base).href;
  const seen = new Set<string>();
  let playlist = parseMediaPlaylist((await http(media, { headers })).text);
  const lastWanted = playlist.mediaSequence + playlist.segments.length + SEGMENTS_WATCHED;
  while (playlist.mediaSequence + playlist.segments.length < lastWanted) {
    const parts = playlist.openSegment?.parts ?? [];
    const uris = [
      ...playlist.segments.map(({ uri }) => uri),
      ...parts.map(({ uri }) => uri),
      ...(playlist.segments[0]?.map ? [playlist.segments[0].map.uri] : []),
    ].filter((uri) => !seen.has(uri));
    for (const uri of uris) {
      seen.add(uri);
      expect((await http(new URL(uri, media).href, { headers })).status).toBe(200);
    }
    const next = playlist.mediaSequence + playlist.segments.length;
    const answer = await http(`${media}&_HLS_msn=${next}&_HLS_part=${parts.length}`, { headers });
    expect(answer.status).toBe(200);
    playlist = parseMediaPlaylist(answer.text);
  }
  return seen.size;
}

describe('a cache in front', () => {
  it('B28 gives 95 % of segments and parts to 50 signed viewers by itself', async () => {
    const counts = await Promise.all(Array.from({ length: VIEWERS }, (_, viewer) => watch(viewer)));
    type Streams = { streams: { name: string; viewers: { hls: number } }[] };
    const { streams } = await server.api<Streams>('/streams');
    expect(streams[0]?.viewers.hls).toBe(VIEWERS);
    const asked = counts.reduce((sum, count) => sum + count, 0);
    const lines = await until('nginx wrote its log', async () => {
      const all = (await nginx.readFile('cache.log')).split('\n').filter((line) => /\.(m4s|mp4)$/.test(line));
      return all.length >= asked && all;
    });
    const hits = lines.filter((line) => line.startsWith('HIT'));
    console.log(`${hits.length} of ${lines.length} segments and parts by the cache`);
    expect(hits.length / lines.length).toBeGreaterThanOrEqual(0.95);
  });

  it('lets nobody in without a token, nor by one of another stream', async () => {
    expect((await http(`${nginx.url}/live/cdn/~/live.m3u8`)).status).toBe(403);
    expect((await http(`${nginx.url}/live/cdn.m3u8`)).status).toBe(403);
    expect((await http(`${nginx.url}/live/cdn/~/1.m4s?hw_token=x`)).status).toBe(403);
  });

  it('lets FLV and WebSockets through', async () => {
    const response = await fetch(nginx.url + signer(AUTH)('/live/cdn.flv'));
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(
      Buffer.from(first?.value ?? [])
        .subarray(0, 3)
        .toString(),
    ).toBe('FLV');
    await reader?.cancel();
  });
});
