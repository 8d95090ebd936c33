import { createDecipheriv } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MediaPlaylist, parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import { signer } from '../support/access-rules.ts';
import { openBrowser, openPage, untilMoreFrames } from '../support/browser.ts';
import { forged } from '../support/forged.ts';
import { startHeadwater } from '../support/headwater.ts';
import { type Headwater, runToEnd, until, untilLive } from '../support/index.ts';
import { SMALL_TEMPLATES } from '../support/ladder.ts';
import { type MadeFlv, makeFlv, NO_DATABASE, playForEver, RtmpPublisher } from '../support/peers.ts';

const PLAY_AUTH = { type: 'type_a' as const, key1: 'encryption-test-play-key' };
const sign = signer(PLAY_AUTH);
const ROTATE_SECONDS = 10;

let server: Headwater;
let picture: MadeFlv;
let publisher: RtmpPublisher;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  picture = await makeFlv({ seconds: 4, fps: 15, gop: 15, size: '320x180', bitrate: '100k' });
  server = await startHeadwater({
    rules: {
      domains: [{ name: 'default', push: { auth: { type: 'no_auth' } }, play: { auth: PLAY_AUTH } }],
      templates: SMALL_TEMPLATES,
      streams: [
        {
          match: { app: 'live' },
          hls: { always: true },
          encryption: { method: 'aes-128', rotateSeconds: ROTATE_SECONDS },
          transcode: { templates: ['small'], lazy: false },
        },
      ],
    },
    env: NO_DATABASE,
  });
  publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/one' });
  playForEver(publisher, picture.tags);
  await untilLive(server, 'live/one');
});

afterAll(async () => {
  agent.destroy();
  await publisher?.drop();
  await server?.stop();
  await picture?.remove();
});

type Answer = { readonly status: number; readonly type: string; readonly body: Buffer };

/** Over one connection, so that what repeats may be answered past node:http. */
async function get(path: string): Promise<Answer> {
  const request = httpRequest(server.playback + path, { agent });
  request.end();
  const [response] = await once(request, 'response');
  const body: Buffer[] = [];
  for await (const bytes of response) body.push(bytes);
  return { status: response.statusCode, type: response.headers['content-type'], body: Buffer.concat(body) };
}

/** The path of a stream's first media playlist, with a session of its own. */
async function mediaPath(name: string, query = ''): Promise<string> {
  const uri = await until(`${name} has a playlist`, async () => {
    const { status, body } = await get(`${sign(`/live/${name}.m3u8`)}${query}`);
    return (
      status === 200 &&
      body
        .toString()
        .split('\n')
        .find((line) => line !== '' && !line.startsWith('#'))
    );
  });
  return `/live/${uri}`;
}

const playlistAt = async (path: string): Promise<MediaPlaylist> =>
  parseMediaPlaylist((await get(path)).body.toString());
const beside = (path: string, name: string) => path.slice(0, path.lastIndexOf('/') + 1) + name;

describe.each([
  ['one', 'fmp4'],
  ['one', 'ts'],
  ['one_small', 'fmp4'],
  ['one_small', 'ts'],
])('%s in %s', (name, container) => {
  it('gives segments that only the key opens, and the key for a token only', async () => {
    const path = await mediaPath(name, `&container=${container}`);
    const playlist = await playlistAt(path);
    const [segment] = playlist.segments;
    expect(segment?.key?.method).toBe('AES-128');
    const answers = [await get(beside(path, segment!.uri)), await get(beside(path, segment!.uri))];
    expect(answers[1]).toEqual(answers[0]);
    const key = await get(beside(path, segment!.key!.uri!));
    expect([key.status, key.body.length]).toEqual([200, 16]);
    const iv = Buffer.alloc(16);
    iv.writeUInt32BE(playlist.mediaSequence, 12);
    const decipher = createDecipheriv('aes-128-cbc', key.body, iv);
    const clear = Buffer.concat([decipher.update(answers[0]!.body), decipher.final()]);
    if (container === 'ts') expect([clear[0], clear[188], clear.length % 188]).toEqual([0x47, 0x47, 0]);
    else expect(clear.includes('moof')).toBe(true);
    expect(answers[0]!.body.includes('moof')).toBe(false);
    for (const way of [beside(forged(path), segment!.key!.uri!), `/live/${name}/~/${segment!.key!.uri}`]) {
      const refused = await get(way);
      expect([refused.status, refused.type]).toEqual([403, 'application/problem+json']);
      expect(JSON.parse(refused.body.toString())).toMatchObject({ code: 'SESSION_INVALID', title: expect.any(String) });
    }
  });

  it('plays in FFmpeg with a signed URL', async () => {
    const url = `${server.playback}${sign(`/live/${name}.m3u8`)}&container=${container}`;
    const frames = await runToEnd('ffmpeg', ['-v', 'error', '-i', url, '-t', '3', '-f', 'framemd5', '-'], 60_000);
    expect(frames.split('\n').filter((line) => line.startsWith('0,')).length).toBeGreaterThan(20);
  });
});

describe('the key', () => {
  it('changes at a segment after its period, and the old one goes with its segments', async () => {
    const path = await mediaPath('one');
    const first = (await playlistAt(path)).segments[0]!.key!.uri!;
    const next = await until(
      'the key changes',
      async () => {
        const keys = new Set((await playlistAt(path)).segments.map(({ key }) => key?.uri));
        return keys.size === 2 && [...keys];
      },
      60_000,
    );
    const starts = next.map((name) => Number.parseInt(name ?? '', 10));
    expect(starts[1]! - starts[0]!).toBe(ROTATE_SECONDS);
    const keys = await Promise.all(next.map(async (name) => (await get(beside(path, name!))).body));
    expect(keys[0]!.equals(keys[1]!)).toBe(false);
    await until('the first key is gone', async () => (await get(beside(path, first))).status === 404, 90_000);
  });

  it('has no door without a session', async () => {
    const path = await mediaPath('one');
    const name = (await playlistAt(path)).segments[0]!.key!.uri!;
    expect((await get(`/live/one/${name}`)).status).toBe(404);
    expect((await get(`/live/${name}`)).status).toBe(404);
    expect((await get(beside(path, '1.key'))).status).toBe(404);
  });

  it('is for one stream: a session of another does not open it', async () => {
    const [one, other] = [await mediaPath('one'), await mediaPath('one_small')];
    const token = /~([^/]+)/.exec(other)![1]!;
    const name = (await playlistAt(one)).segments[0]!.key!.uri!;
    expect((await get(`/live/one/~${token}/${name}`)).status).toBe(403);
  });
});

describe('a ladder', () => {
  it('has its renditions encrypted too, with keys of their own for the session of the whole', async () => {
    const uris = await until('the ladder is listed', async () => {
      const { body } = await get(sign('/live/one.m3u8'));
      const lines = body.toString().split('\n');
      return lines.filter((line) => line !== '' && !line.startsWith('#')).length === 2 && lines;
    });
    const paths = uris.filter((line) => line !== '' && !line.startsWith('#')).map((uri) => `/live/${uri}`);
    const keys = await Promise.all(
      paths.map(async (path) => {
        const { segments } = await until('it has segments', async () => {
          const playlist = await playlistAt(path);
          return playlist.segments.length > 0 && playlist;
        });
        return get(beside(path, segments[0]!.key!.uri!));
      }),
    );
    expect(keys.map(({ status, body }) => [status, body.length])).toEqual([
      [200, 16],
      [200, 16],
    ]);
    expect(keys[0]!.body.equals(keys[1]!.body)).toBe(false);
  });
});

describe('parts', () => {
  it('are neither listed nor given', async () => {
    const path = await mediaPath('one');
    const text = (await get(path)).body.toString();
    expect(text).not.toMatch(/EXT-X-PART|PRELOAD/);
    const { mediaSequence, segments } = parseMediaPlaylist(text);
    const numbers = segments.map((_, index) => mediaSequence + index);
    for (const number of [...numbers, numbers.at(-1)! + 1]) {
      expect((await get(beside(path, `${number}.0.m4s`))).status).toBe(404);
    }
  });
});

describe('hls.js in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });

  it.each(['', '&container=ts'])('plays on over a change of the key %s', async (query) => {
    const signed = new URLSearchParams(sign('/live/one.m3u8').split('?')[1]);
    const url = `${server.playback}/live/one?muted=1&protocol=hls&auth_key=${signed.get('auth_key')}${query}`;
    const { page, errors, close } = await openPage(browser, url);
    await untilMoreFrames(page, 30, 90_000);
    await untilMoreFrames(page, 15 * (ROTATE_SECONDS + 5), 120_000);
    expect(errors).toEqual([]);
    await close();
  });
});
