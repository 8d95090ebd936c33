import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Asset } from '../../../src/vod/index.ts';
import { type Headwater, runToEnd, startHeadwater, tempDir, until } from '../../support/index.ts';
import { openTestLibrary, type TestLibrary } from '../../support/library.ts';
import { makeDash, makeLocked, makeRanged, makeTalk } from '../../support/library-media.ts';

type PlayAuth = { readonly playAuth: string; readonly infoUrl: string; readonly pageUrl: string };
type Source = { readonly kind: string; readonly url: string; readonly format: string; readonly definition: string };
type Info = {
  readonly sources: readonly Source[];
  readonly captions: readonly { readonly url: string; readonly language: string }[];
  readonly thumbnailsUrl?: string;
};

const KEY = 'a-key-for-this-domain';
const SIGNED = {
  name: 'signed.test',
  push: { auth: { type: 'no_auth' } },
  play: { auth: { type: 'type_a', key1: KEY } },
};
const OPEN = { name: 'default', push: { auth: { type: 'no_auth' } }, play: { auth: { type: 'no_auth' } } };
const OTHERS = [
  { ...SIGNED, name: 'b.test', play: { auth: { type: 'type_b', key1: KEY } } },
  { ...SIGNED, name: 'c.test', play: { auth: { type: 'type_c', key1: KEY } } },
  { ...SIGNED, name: 'query.test', play: { ...SIGNED.play, sessionTokenIn: 'query' } },
];
const FENCED = {
  ...{ name: 'fenced.test', push: { auth: { type: 'no_auth' } } },
  play: { auth: { type: 'no_auth' }, referer: { mode: 'allow', list: ['good.example'] } },
};

let home: Awaited<ReturnType<typeof tempDir>>;
let db: TestLibrary;
let server: Headwater;
let talk: Asset;
let draft: Asset;
let locked: Asset;
let ranged: Asset;
let dash: Asset;

beforeAll(async () => {
  home = await tempDir('playback-of-assets');
  const media = join(home.path, 'media');
  db = await openTestLibrary(join(home.path, 'library'));
  const files = await makeTalk(media, 'talk');
  talk = await db.add('recordings', files);
  draft = await db.add('recordings', files, { publication: 'draft' });
  locked = await db.add('recordings', await makeLocked(media, 'locked'));
  ranged = await db.add('recordings', await makeRanged(media, 'ranged'));
  dash = await db.add('recordings', await makeDash(media, 'dash'));
  server = await startHeadwater({
    rules: { domains: [OPEN, SIGNED, FENCED, ...OTHERS] } as never,
    env: { HEADWATER_RECORDINGS_DIR: media, DATABASE_URL: db.databaseUrl },
  });
}, 180_000);

afterAll(async () => {
  await server?.stop();
  await db?.close();
  await home?.remove();
});

const at = (asset: Asset, path: string) => `${server.playback}/vod/${asset.id}/${path}`;
const ask = (url: string, init: RequestInit & { host?: string } = {}) => askHost(url, init);

/** `fetch` sets no Host, so curl does. */
async function askHost(url: string, { host, headers = {} }: RequestInit & { host?: string }) {
  const given = Object.entries({ ...(headers as Record<string, string>), ...(host ? { host } : {}) });
  const text = await runToEnd('curl', [
    ...['-s', '-i', '--path-as-is', url],
    ...given.flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
  ]);
  const cut = text.indexOf('\r\n\r\n');
  const [status = '', ...lines] = text.slice(0, cut).split('\r\n');
  const fields = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  return { status: Number(status.split(' ')[1]), headers: fields, body: text.slice(cut + 4) };
}

async function playInfo(url: string): Promise<Info> {
  const response = await fetch(url);
  expect(response.status, url).toBe(200);
  return (await response.json()) as Info;
}

const sourceOf = (info: Info, format: string, definition: string): string =>
  info.sources.find((each) => each.format === format && each.definition === definition)?.url ?? 'none';

const createAuth = (asset: Asset, body: object = {}) =>
  server.api<PlayAuth>(`/assets/${asset.id}/play-auths`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function problem(url: string): Promise<{ status: number; code: string }> {
  const response = await fetch(url);
  const { code } = (await response.json()) as { code: string };
  return { status: response.status, code };
}

describe('a published asset on an open domain', () => {
  it('tells what it has, and plays to the end by HLS of all qualities and by MP4', async () => {
    const infoUrl = at(talk, 'play.json');
    const info = await playInfo(infoUrl);
    expect(info.sources.map(({ kind, definition }) => `${kind} ${definition}`)).toEqual([
      'hls AUTO',
      'hls SD',
      'hls LD',
      'file SD',
    ]);
    const master = new URL(sourceOf(info, 'm3u8', 'AUTO'), infoUrl).href;
    const text = await (await fetch(master)).text();
    expect(text).toContain('RESOLUTION=320x180');
    expect(text).toContain('TYPE=SUBTITLES');
    for (const url of [master, new URL(sourceOf(info, 'mp4', 'SD'), infoUrl).href]) {
      const shown = await runToEnd('ffprobe', [
        ...['-v', 'error', '-count_packets', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_packets'],
        ...['-of', 'csv=p=0', url],
      ]);
      expect(Number.parseInt(shown, 10)).toBe(120);
    }
  });

  it('plays DASH to the end, picture and sound', async () => {
    const infoUrl = at(dash, 'play.json');
    const url = new URL(sourceOf(await playInfo(infoUrl), 'mpd', 'SD'), infoUrl).href;
    const list = await fetch(url);
    expect(list.headers.get('content-type')).toBe('application/dash+xml');
    expect(list.headers.get('access-control-allow-origin')).toBe('*');
    const decoded = await runToEnd('ffmpeg', ['-v', 'error', '-i', url, '-f', 'framecrc', '-']);
    const frames = (track: number) => decoded.split('\n').filter((line) => line.startsWith(`${track},`)).length;
    expect(frames(0)).toBe(120);
    expect(frames(1)).toBeGreaterThan(500);
  });

  it('counts what it sends, and its viewers, as usage of the asset by its door', async () => {
    type Usage = { points: { stream: string; egressBytes: number; viewerSeconds: number; peakViewers: number }[] };
    const of = async () => {
      const { points } = await server.api<Usage>('/usage?by=door,app,stream&domain=default&door=vod');
      const own = points.filter(({ stream }) => stream === talk.id);
      const sum = (field: 'egressBytes' | 'viewerSeconds') => own.reduce((all, point) => all + point[field], 0);
      return { bytes: sum('egressBytes'), seconds: sum('viewerSeconds'), peak: own[0]?.peakViewers ?? 0 };
    };
    const infoUrl = at(talk, 'play.json');
    const url = new URL(sourceOf(await playInfo(infoUrl), 'mp4', 'SD'), infoUrl).href;
    const { byteLength } = await (await fetch(url)).arrayBuffer();
    const counted = async () => {
      const { bytes, seconds, peak } = await of();
      return bytes >= byteLength && seconds >= 1 && peak >= 1;
    };
    await until('it is counted', counted, 120_000, 500);
  });

  it('has captions as WebVTT whatever they were, and small pictures', async () => {
    const infoUrl = at(talk, 'play.json');
    const { captions, thumbnailsUrl = '' } = await playInfo(infoUrl);
    expect(captions.map(({ language }) => language)).toEqual(['en', 'zh']);
    const chinese = await fetch(new URL(captions[1]?.url ?? '', infoUrl));
    expect(chinese.headers.get('content-type')).toContain('text/vtt');
    expect(await chinese.text()).toBe('WEBVTT\n\n1\n00:00:00.000 --> 00:00:12.000\n晚上好\n');
    const vttUrl = new URL(thumbnailsUrl, infoUrl).href;
    const vtt = await (await fetch(vttUrl)).text();
    const sheet = await fetch(new URL(/^(\S+)#xywh/m.exec(vtt)?.[1] ?? '', vttUrl));
    expect(sheet.status).toBe(200);
    expect(sheet.headers.get('content-type')).toBe('image/jpeg');
  });

  it('answers ranges as RFC 9110 has it', async () => {
    const infoUrl = at(talk, 'play.json');
    const url = new URL(sourceOf(await playInfo(infoUrl), 'mp4', 'SD'), infoUrl).href;
    const whole = await readFile(join(home.path, 'media/talk/sd.mp4'));
    const size = whole.length;
    const range = async (value: string, more: Record<string, string> = {}) => {
      const response = await fetch(url, { headers: { range: value, ...more } });
      const body = Buffer.from(await response.arrayBuffer());
      return { status: response.status, says: response.headers.get('content-range'), body };
    };
    expect(await range('bytes=100-199')).toEqual({
      status: 206,
      says: `bytes 100-199/${size}`,
      body: whole.subarray(100, 200),
    });
    expect(await range('bytes=-10')).toMatchObject({ status: 206, body: whole.subarray(-10) });
    expect(await range(`bytes=${size - 5}-${size + 100}`)).toMatchObject({ status: 206, body: whole.subarray(-5) });
    expect(await range(`bytes=${size}-`)).toMatchObject({ status: 416, says: `bytes */${size}` });
    expect((await range('bytes=0-0,5-9')).status).toBe(200);
    expect((await range('bytes=0-9', { 'if-range': '"another"' })).body.length).toBe(size);
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(size));
    expect(head.headers.get('accept-ranges')).toBe('bytes');
    const etag = head.headers.get('etag') ?? '';
    expect((await range('bytes=0-9', { 'if-range': etag })).status).toBe(206);
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect(
      (await fetch(url, { headers: { 'if-modified-since': head.headers.get('last-modified') ?? '' } })).status,
    ).toBe(304);
  });

  it('gives nothing that is not its own', async () => {
    const info = await playInfo(at(talk, 'play.json'));
    const file = sourceOf(info, 'm3u8', 'SD').split('/')[0];
    for (const path of [
      '../locked/locked/1.key',
      '..%2flocked%2flocked%2f1.key',
      '%2e%2e/locked/key-info',
      'talk.de.vtt',
      'sd/../../locked/key-info',
    ]) {
      const { status } = await ask(at(talk, `${file}/${path}`));
      expect([404, 403], path).toContain(status);
    }
    expect(await problem(at(talk, 'nothing/sd.mp4'))).toEqual({ status: 404, code: 'ASSET_FILE_NOT_FOUND' });
    expect(await problem(`${server.playback}/vod/${'0'.repeat(32)}/play.json`)).toEqual({
      status: 404,
      code: 'ASSET_NOT_FOUND',
    });
  });
});

describe('an asset on a domain with signatures', () => {
  const sign = (path: string, seconds = Math.floor(Date.now() / 1000)) => {
    const hash = createHash('md5').update(`${path}-${seconds}-0-0-${KEY}`).digest('hex');
    return `${path}?auth_key=${seconds}-0-0-${hash}`;
  };

  it('plays by a signed playlist, whose segments go by a session, and not without', async () => {
    const info = await playInfo(at(talk, 'play.json'));
    const path = `/vod/${talk.id}/${sourceOf(info, 'm3u8', 'SD')}`;
    const host = 'signed.test';
    expect((await ask(`${server.playback}${path}`, { host })).status).toBe(403);
    expect((await ask(`${server.playback}${sign(path, 1_000_000_000)}`, { host })).status).toBe(403);
    const moved = await ask(`${server.playback}${sign(path)}`, { host });
    expect(moved.status).toBe(302);
    const to = new URL(moved.headers.get('location') ?? '', `${server.playback}${path}`).href;
    const list = await ask(to, { host });
    expect(list.body).toContain('sd/0.ts');
    const segment = new URL('sd/0.ts', to).href;
    expect((await ask(segment, { host })).status).toBe(200);
    expect((await ask(`${server.playback}${path.replace('sd.m3u8', 'sd/0.ts')}`, { host })).status).toBe(403);
    // Another asset's path with this one's token.
    expect((await ask(segment.replace(talk.id, locked.id), { host })).status).toBe(403);
    const mp4 = `/vod/${talk.id}/${sourceOf(info, 'mp4', 'SD')}`;
    const part = await ask(`${server.playback}${sign(mp4)}`, { host, headers: { range: 'bytes=0-3' } });
    expect(part.status).toBe(206);
  });

  it.each(['signed.test', 'b.test', 'c.test', 'query.test'])(
    'plays by the addresses that it is told, on %s',
    async (host) => {
      const info = await server.api<Info>(`/assets/${talk.id}/play-info?domain=${host}&formats=m3u8`);
      const { pathname, search } = new URL(sourceOf(info, 'm3u8', 'SD'));
      // One that is not for this asset, and one without its signature.
      const bare = `/vod/${talk.id}/${sourceOf(await playInfo(at(talk, 'play.json')), 'm3u8', 'SD')}`;
      const wrong = pathname.replace(talk.id, ranged.id);
      for (const path of [bare, `${wrong}${search}`]) {
        expect((await ask(`${server.playback}${path}`, { host })).status).toBe(403);
      }
      const moved = await ask(`${server.playback}${pathname}${search}`, { host });
      expect(moved.status).toBe(302);
      const list = new URL(moved.headers.get('location') ?? '', `${server.playback}${pathname}`).href;
      const { body } = await ask(list, { host });
      const segments = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      expect(segments).toHaveLength(6);
      for (const each of segments) expect((await ask(new URL(each, list).href, { host })).status).toBe(200);
    },
  );

  it.each(['signed.test', 'query.test'])('is let in by a session on %s to what a DASH list names', async (host) => {
    const info = await server.api<Info>(`/assets/${dash.id}/play-info?domain=${host}&formats=mpd`);
    const { pathname, search } = new URL(sourceOf(info, 'mpd', 'SD'));
    const moved = await ask(`${server.playback}${pathname}${search}`, { host });
    expect(moved.status).toBe(302);
    const list = new URL(moved.headers.get('location') ?? '', `${server.playback}${pathname}`).href;
    const { body } = await ask(list, { host });
    for (const attribute of ['initialization', 'media']) {
      const [, template = ''] = new RegExp(`${attribute}="([^"]*)"`).exec(body) ?? [];
      const uri = template
        .replaceAll('$RepresentationID$', '0')
        .replace('$Number%05d$', '00001')
        .replaceAll('&amp;', '&');
      expect((await ask(new URL(uri, list).href, { host })).status, uri).toBe(200);
    }
  });

  it('is shut to pages that the domain does not list', async () => {
    const host = 'fenced.test';
    const url = at(talk, 'play.json');
    expect((await ask(url, { host, headers: { referer: 'https://good.example/' } })).status).toBe(200);
    expect((await ask(url, { host, headers: { referer: 'https://bad.example/' } })).status).toBe(403);
  });

  it('is told with addresses that play, by the API', async () => {
    const info = await server.api<Info & { expiresAt: string }>(
      `/assets/${talk.id}/play-info?domain=signed.test&formats=mp4`,
    );
    expect(info.sources.map(({ format }) => format)).toEqual(['mp4']);
    const { pathname, search } = new URL(info.sources[0]?.url ?? '');
    expect(search).toContain('auth_key=');
    expect(
      (await ask(`${server.playback}${pathname}${search}`, { host: 'signed.test', headers: { range: 'bytes=0-3' } }))
        .status,
    ).toBe(206);
  });
});

describe('a PlayAuth', () => {
  it('opens what is not published, which nothing else does', async () => {
    expect(await problem(at(draft, 'play.json'))).toEqual({ status: 403, code: 'ASSET_UNPUBLISHED' });
    const { infoUrl } = await createAuth(draft, { viewer: 'ann' });
    const info = await playInfo(infoUrl);
    const master = new URL(sourceOf(info, 'm3u8', 'AUTO'), infoUrl).href;
    expect(master).toMatch(/\/~[\w-]+\/auto\.m3u8$/);
    const shown = await runToEnd('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'format=duration',
      '-of',
      'csv=p=0',
      master,
    ]);
    expect(Number(shown)).toBeCloseTo(12, 0);
  });

  it('is good for its asset, its address and its domain, and not when it is changed', async () => {
    const { playAuth } = await createAuth(draft);
    const by = (asset: Asset, token: string) => problem(at(asset, `play.json?play_auth=${token}`));
    expect(await by(talk, playAuth)).toEqual({ status: 403, code: 'PLAY_TOKEN_INVALID' });
    const other = playAuth.slice(0, 30) + (playAuth[30] === 'A' ? 'B' : 'A') + playAuth.slice(31);
    expect(await by(draft, other)).toEqual({ status: 403, code: 'PLAY_TOKEN_INVALID' });
    const far = await createAuth(draft, { address: '192.0.2.9' });
    expect(await by(draft, far.playAuth)).toEqual({ status: 403, code: 'PLAY_TOKEN_ELSEWHERE' });
    const near = await createAuth(draft, { address: '127.0.0.1' });
    expect((await fetch(near.infoUrl)).status).toBe(200);
    const bound = await createAuth(draft, { domain: 'signed.test', onlyThisDomain: true });
    expect(await by(draft, bound.playAuth)).toEqual({ status: 403, code: 'PLAY_TOKEN_ELSEWHERE' });
    const host = 'signed.test';
    expect((await ask(at(draft, `play.json?play_auth=${bound.playAuth}`), { host })).status).toBe(200);
    // A session's token makes no longer session.
    const info = await playInfo(near.infoUrl);
    const session = /~([\w-]+)\//.exec(sourceOf(info, 'mp4', 'SD'))?.[1] ?? '';
    expect(await by(draft, session)).toEqual({ status: 403, code: 'PLAY_TOKEN_INVALID' });
  });

  it('is revoked with what it opened, for one viewer or for all', async () => {
    const urlFor = async (viewer: string) => {
      const { infoUrl } = await createAuth(draft, { viewer });
      return new URL(sourceOf(await playInfo(infoUrl), 'mp4', 'SD'), infoUrl).href;
    };
    const [ann, bob] = [await urlFor('ann'), await urlFor('bob')];
    await server.api(`/assets/${draft.id}/play-auths?viewer=ann`, { method: 'DELETE' });
    expect(await problem(ann)).toEqual({ status: 403, code: 'PLAY_TOKEN_REVOKED' });
    expect((await fetch(bob, { method: 'HEAD' })).status).toBe(200);
    await server.api(`/assets/${draft.id}/play-auths`, { method: 'DELETE' });
    expect(await problem(bob)).toEqual({ status: 403, code: 'PLAY_TOKEN_REVOKED' });
    expect((await fetch(await urlFor('ann'), { method: 'HEAD' })).status).toBe(200);
  });

  it('for a preview ends where it says, in playlists and in what they name', async () => {
    const { infoUrl } = await createAuth(talk, { previewSeconds: 3 });
    const info = await playInfo(infoUrl);
    expect(info.sources.map(({ kind }) => kind)).toEqual(['hls', 'hls', 'hls']);
    const url = new URL(sourceOf(info, 'm3u8', 'SD'), infoUrl).href;
    const text = await (await fetch(url)).text();
    const uris = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(uris.map((uri) => uri.split('?')[0])).toEqual(['sd/0.ts', 'sd/1.ts']);
    expect(text).toContain('#EXT-X-ENDLIST');
    expect((await fetch(new URL(uris[1] ?? '', url))).status).toBe(200);
    const beyond = new URL((uris[1] ?? '').replace('sd/1.ts', 'sd/4.ts'), url).href;
    expect(await problem(beyond)).toEqual({ status: 403, code: 'PREVIEW_ONLY' });
    expect(await problem(new URL('sd/1.ts', url).href)).toEqual({ status: 403, code: 'PREVIEW_ONLY' });
    const whole = await playInfo((await createAuth(talk)).infoUrl);
    const mp4 = sourceOf(whole, 'mp4', 'SD').replace(/^~[^/]+\//, '');
    const token = /~[\w-]+\//.exec(url)?.[0] ?? '';
    expect(await problem(at(talk, token + mp4))).toEqual({ status: 403, code: 'PREVIEW_ONLY' });
  });

  it('for a preview of ranges of one file gives no byte behind the end', async () => {
    const { infoUrl } = await createAuth(ranged, { previewSeconds: 4 });
    const url = new URL(sourceOf(await playInfo(infoUrl), 'm3u8', 'SD'), infoUrl).href;
    const text = await (await fetch(url)).text();
    const ranges = [...text.matchAll(/^#EXT-X-BYTERANGE:(\d+)@(\d+)/gm)].map(
      ([, length, start]) => Number(length) + Number(start),
    );
    expect(ranges).toHaveLength(2);
    const uri = text.split('\n').findLast((line) => line.startsWith('one/')) ?? '';
    const all = await fetch(new URL(uri, url));
    expect((await all.arrayBuffer()).byteLength).toBe(ranges[1]);
    const shown = await runToEnd('ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', url]);
    expect(Number(shown)).toBeCloseTo(4, 0);
  });
});

describe('encrypted HLS', () => {
  it('plays with a token, and gives its key to nobody without', async () => {
    const infoUrl = at(locked, 'play.json');
    const url = new URL(sourceOf(await playInfo(infoUrl), 'm3u8', 'SD'), infoUrl).href;
    expect(url).toContain('/~');
    const shown = await runToEnd('ffprobe', [
      ...[
        '-v',
        'error',
        '-count_packets',
        '-select_streams',
        'v:0',
        '-show_entries',
        'stream=nb_read_packets',
        '-of',
        'csv=p=0',
        url,
      ],
    ]);
    expect(Number.parseInt(shown, 10)).toBe(120);
    const bare = url.replace(/~[^/]+\//, '');
    expect(await problem(new URL('locked/1.key', bare).href)).toEqual({ status: 403, code: 'ASSET_ENCRYPTED' });
    const key = await fetch(new URL('locked/1.key', url));
    expect(key.headers.get('cache-control')).toBe('private, no-store');
    expect(await key.text()).toBe('0123456789abcdef');
    expect((await fetch(bare, { redirect: 'manual' })).status).toBe(302);
  });
});

describe('while the database is away', () => {
  it('what plays goes on', async () => {
    const { infoUrl } = await createAuth(talk);
    const mp4 = new URL(sourceOf(await playInfo(infoUrl), 'mp4', 'SD'), infoUrl).href;
    db.postgres.stop();
    try {
      expect((await fetch(mp4, { headers: { range: 'bytes=0-9' } })).status).toBe(206);
    } finally {
      db.postgres.start();
    }
  });
});
