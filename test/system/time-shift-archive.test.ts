import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as HLS from 'hls-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMediaPlaylist, parseMultivariantPlaylist } from '../../src/protocol/m3u8/index.ts';
import { ARCHIVED, openTestArchive, TEST_TRACKS } from '../support/archived-stream.ts';
import { codeAt, http } from '../support/http.ts';
import { type Headwater, startHeadwater } from '../support/index.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/peers.ts';

HLS.setOptions({ silent: true });

const HOUR_MS = 3_600_000;
/** 1250 segments, of which nobody published one to this server. */
const SECONDS = 2500;

let archived: Awaited<ReturnType<typeof openTestArchive>>;
let server: Headwater;
let startMs = 0;

beforeAll(async () => {
  archived = await openTestArchive();
  startMs = Math.floor(Date.now() / 1000) * 1000 - 3 * HOUR_MS;
  const { video } = TEST_TRACKS;
  await archived.add({
    seconds: SECONDS,
    wallMs: startMs,
    firstSegment: 1000,
    tracks: { ...(video ? { video } : {}) },
  });
  server = await start();
});

/** Tokens go in the query, as behind a CDN. */
function start(): Promise<Headwater> {
  return startHeadwater({
    rules: {
      domains: [{ ...OPEN_DOMAIN, play: { ...OPEN_DOMAIN.play, sessionTokenIn: 'query' } }],
      streams: [{ match: { app: 'live' }, timeShift: { enabled: true } }],
    },
    env: { ...NO_DATABASE, HEADWATER_ARCHIVE_DIR: archived.folder },
  });
}

afterAll(async () => {
  await server?.stop();
  await archived?.close();
});

/** The address of the media playlist of a new session. */
async function mediaUrl(query: string): Promise<string> {
  const url = `${server.playback}/live/demo.m3u8?${query}`;
  const { status, text } = await http(url);
  if (status !== 200) throw new Error(`${status} ${text}`);
  return new URL(parseMultivariantPlaylist(text).variants[0]!.uri, url).href;
}

const all = () => `lhs_start_unix_ms_0=${startMs}&lhs_vodend_unix_ms_0=${startMs + SECONDS * 1000}`;

describe('an archive that was there before the server', () => {
  it('gives a long playlist in pieces, packed or not, each name with the token that it needs', async () => {
    const url = await mediaUrl(all());
    expect(new URL(url).searchParams.get('hw_token')).toBeTruthy();
    const plain = await http(url);
    expect(plain.headers).toMatchObject({
      'content-type': 'application/vnd.apple.mpegurl',
      'cache-control': 'public, max-age=3600',
      'transfer-encoding': 'chunked',
      'access-control-allow-origin': '*',
    });
    const { segments, isEnded, mediaSequence } = parseMediaPlaylist(plain.text);
    expect([segments.length, isEnded, mediaSequence]).toEqual([SECONDS / 2, true, 1000]);
    expect((HLS.parse(plain.text) as HLS.types.MediaPlaylist).segments.length).toBe(SECONDS / 2);
    expect(segments.every(({ uri, map }) => uri.includes('?hw_token=') && map?.uri.includes('?hw_token='))).toBe(true);
    for (const { uri } of [segments[0]!, segments[777]!, segments.at(-1)!]) {
      expect((await http(new URL(uri, url).href)).status).toBe(200);
    }
    const packed = await http(url, { headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.body.length).toBeLessThan(plain.body.length / 5);
    expect(gunzipSync(packed.body).toString()).toBe(plain.text);
    const head = await http(url, { method: 'HEAD' });
    expect([head.status, head.body.length]).toEqual([200, 0]);
  });

  it('goes on with others when a viewer leaves in the middle of one', async () => {
    const url = await mediaUrl(all());
    const abort = new AbortController();
    const response = await fetch(url, { signal: abort.signal });
    await response.body!.getReader().read();
    abort.abort();
    expect((await http(url)).text.endsWith('#EXT-X-ENDLIST\n')).toBe(true);
    expect(server.log().filter(({ msg }) => msg === 'playback request failed')).toEqual([]);
  });

  it('plays moments all over it, each in a small playlist', async () => {
    for (let second = 10; second < SECONDS; second += 249) {
      const url = await mediaUrl(`lhs_start_unix_ms_0=${startMs + second * 1000}`);
      const { status, body, text } = await http(url);
      expect([status, body.length < 4096]).toEqual([200, true]);
      const { segments } = parseMediaPlaylist(text);
      expect(segments.at(-3)!.programDateTimeMs).toBe(startMs + Math.floor(second / 2) * 2000);
    }
  });

  it('finds init segments that no playlist named since the start, and keys and segments only where there are some', async () => {
    const url = await mediaUrl(all());
    const map = parseMediaPlaylist((await http(url)).text).segments[0]!.map!.uri;
    await server.stop('SIGKILL');
    server = await start();
    const fresh = await mediaUrl(`lhs_offset_unix_s_0=${(Date.now() - startMs) / 1000 - 60}`.replace(/\..*/, ''));
    const at = (name: string) => new URL(`${name}${new URL(fresh).search}`, fresh).href;
    expect((await http(at(map.split('?')[0]!))).body.includes('moov')).toBe(true);
    for (const name of ['init-0123456789ab.mp4', '999.m4s', '999999999999999.ts', '5.key']) {
      expect([name, await codeAt(at(name))]).toEqual([name, 'STREAM_NOT_LIVE']);
    }
  });

  it('says what is gone when a slice is', async () => {
    const url = await mediaUrl(all());
    const { slice } = (await archived.archive.find(ARCHIVED, 1600))!;
    await rm(join(archived.folder, 'default', 'live', 'demo', slice.day, `${slice.first}.mp4`));
    const at = (number: number) => new URL(`${number}.m4s${new URL(url).search}`, url).href;
    expect(await codeAt(at(1600))).toBe('NOT_ARCHIVED');
    expect((await http(at(1700))).status).toBe(200);
  });
});
