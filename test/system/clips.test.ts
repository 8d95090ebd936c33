import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, devices } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUrl } from '../../src/access/index.ts';
import { encodeAmf0 } from '../../src/protocol/amf/index.ts';
import type { FlvTag } from '../../src/protocol/flv/index.ts';
import { parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import { compileRules, type RulesInput } from '../../src/rules/index.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import { isKeyFrameTag, isSequenceHeader, type MadeFlv } from '../support/flv-file.ts';
import { type Headwater, runToEnd, startHeadwater, tempDir, until } from '../support/index.ts';
import { makeNumberedFlv, numbersShown } from '../support/numbered-picture.ts';
import { NO_DATABASE } from '../support/open-server.ts';
import { cancelDelay } from '../support/record-command.ts';
import { RtmpPublisher } from '../support/rtmp-publisher.ts';

/** Where pictures of the page go, for people. */
const SHOTS = process.env.SHOTS_DIR;
const KEY = 'a-key-that-publishes-the-show';
const SIGNING_KEY = 'a-key-that-signs-pushes';
const FPS = 25;
const ts = {
  format: 'm3u8',
  sliceSeconds: 5,
  sliceObject: 'ts/{AppName}/{StreamName}/{UnixTimestamp}_{Sequence}',
} as const;
const RULES: RulesInput = {
  domains: [
    {
      name: 'default',
      push: { auth: { type: 'type_a', key1: SIGNING_KEY }, streamKeys: true },
      play: { auth: { type: 'no_auth' } },
    },
  ],
  streams: [
    { publish: { waitSeconds: 1 }, hls: { segmentSeconds: 2 } },
    {
      match: { app: 'live', stream: 'show' },
      record: { enabled: true, delaySeconds: 15, formats: [{ format: 'mp4' }, ts] },
      timeShift: { enabled: true },
    },
    { match: { app: 'live', stream: 'shifted' }, timeShift: { enabled: true } },
  ],
  streamKeys: [
    { id: 'show', key: KEY, match: { app: 'live', stream: '*' } },
    { id: 'other', key: 'a-key-of-another-stream', match: { app: 'live', stream: 'other' } },
  ],
};

type Shown = {
  readonly id: string;
  readonly state: string;
  readonly title: string;
  readonly reason?: string;
  readonly isExact?: boolean;
  readonly inexactBecause?: string;
  readonly durationSeconds?: number;
  readonly url: string;
  readonly pageUrl: string;
  readonly object?: string;
  readonly chapters?: readonly { readonly name: string; readonly atSeconds: number }[];
};
type Problem = { readonly code: string; readonly title: string; readonly remedy?: string };

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let browser: Browser;
let made: MadeFlv;
let publisher: RtmpPublisher;
let playing: Promise<void>;
/** Pictures that were sent. */
let sent = 0;
/** The next key frame is the last picture. */
let isLast = false;

beforeAll(async () => {
  home = await tempDir('clips');
  made = await makeNumberedFlv({ seconds: 60, size: '320x180', fps: String(FPS), gop: 50, bFrames: 2, tone: 'chirp' });
  const env = { ...NO_DATABASE, HEADWATER_RECORDINGS_DIR: home.path };
  server = await startHeadwater({ rules: RULES, env });
  browser = await openBrowser();
  publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/show?key=${KEY}` });
  const end = new AbortController();
  playing = publisher.play(withCue(made.tags, 4000, 'Kick <off>'), {
    ...{ speed: 1, signal: end.signal },
    timestampOf: (tag) => {
      if (tag.type === 'video' && !isSequenceHeader(tag)) sent++;
      if (isLast && isKeyFrameTag(tag)) end.abort();
      return tag.timestampMs;
    },
  });
  await until('six seconds are archived', async () => (await archivedSeconds('show')) >= 6);
}, 180_000);
afterAll(async () => {
  await publisher?.drop();
  await playing;
  await browser?.close();
  await server?.stop();
  await made?.remove();
  await home?.remove();
});

/** The tags with a cue point among them. */
function withCue(tags: readonly FlvTag[], atMs: number, name: string): FlvTag[] {
  const at = tags.findIndex(({ type, timestampMs }) => type === 'video' && timestampMs >= atMs);
  const payload = encodeAmf0('onCuePoint', { name, time: atMs / 1000, type: 'event' });
  return tags.toSpliced(at, 0, { type: 'script', timestampMs: tags[at]!.timestampMs, payload });
}

async function archivedSeconds(stream: string): Promise<number> {
  const response = await fetch(`${server.playback}/openapi/timeline/query?app=live&stream=${stream}&format=ts`);
  const { timeline } = (await response.json()) as { timeline: { start: number; end: number }[] };
  return timeline.reduce((sum, { start, end }) => sum + end - start, 0);
}

const press = (what: string, query: string, init: RequestInit = {}) =>
  fetch(`${server.playback}/live/${what}?${query}`, { redirect: 'manual', ...init });

async function settled({ pageUrl }: Pick<Shown, 'pageUrl'>): Promise<Shown> {
  return until('the clip is made or not', async () => {
    const clip = (await (await fetch(`${pageUrl}.json`)).json()) as Shown;
    return clip.state === 'making' ? undefined : clip;
  });
}

async function download(url: string, name: string): Promise<string> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  const file = join(home.path, name);
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
  return file;
}

const consecutive = (numbers: readonly number[]) =>
  numbers.every((each, at) => at === 0 || each === numbers[at - 1]! + 1);

async function soundSeconds(file: string): Promise<number> {
  const args = ['-v', 'error', '-select_streams', 'a', '-show_entries', 'stream=duration', '-of', 'csv=p=0', file];
  return Number(await runToEnd('ffprobe', args));
}

const problemOf = async (response: Response) => (await response.json()) as Problem;

describe('the hotkeys of a stream', () => {
  let clip: Shown;

  it('clip the last seconds, to the picture, up to the moment', async () => {
    const marked = await press('show/marker', `key=${KEY}&name=Goal`);
    expect([marked.status, await marked.json()]).toMatchObject([201, { name: 'Goal' }]);
    // In the midst of a segment, which is not archived before it is whole.
    const before = await until('a segment is half filled', () => sent % 50 > 35 && sent, 60_000, 5);
    const response = await press(
      'show/clip',
      `key=${KEY}&seconds=4&title=${encodeURIComponent('A <b>goal</b> & more')}`,
    );
    const after = sent;
    const asked = (await response.json()) as Shown;
    expect([response.status, response.headers.get('cache-control')]).toEqual([201, 'no-store']);
    expect(asked).toMatchObject({ state: 'making', title: 'A <b>goal</b> & more' });
    expect(asked.pageUrl).toMatch(new RegExp(`^${server.playback}/live/show/clips/[0-9a-z]{25}$`));
    clip = await settled(asked);
    expect(clip).toMatchObject({ state: 'ready', isExact: true });
    const file = await download(clip.url, 'hotkey.mp4');
    const numbers = await numbersShown(file);
    expect(consecutive(numbers)).toBe(true);
    expect(Math.abs(numbers.length - 4 * FPS)).toBeLessThanOrEqual(2);
    // What was sent then need not have been there yet; B-frames are shown later than they are sent.
    expect(numbers.at(-1)).toBeGreaterThan(before - FPS);
    expect(numbers.at(-1)).toBeLessThanOrEqual(after + 2);
    expect(Math.abs((await soundSeconds(file)) - 4)).toBeLessThan(0.1);
    await expect(readFile(join(home.path, `clips/live/show/${clip.id}.mp4`))).resolves.toEqual(await readFile(file));
  });

  it('give a picture, chapters, and parts of the file', async () => {
    const picture = await fetch(`${clip.pageUrl}.jpg`);
    const jpeg = Buffer.from(await picture.arrayBuffer());
    expect([picture.headers.get('content-type'), jpeg.readUInt16BE(0)]).toEqual(['image/jpeg', 0xffd8]);
    const chapters = await (await fetch(`${clip.pageUrl}.vtt`)).text();
    expect(chapters).toMatch(
      /^WEBVTT\n\n.+\n00:00:00\.000 --> 00:00:0\d\.\d+\nKick &lt;off&gt;\n\n.+\n.+ --> .+\nGoal\n$/,
    );
    const whole = await readFile(join(home.path, 'hotkey.mp4'));
    const part = await fetch(clip.url, { headers: { range: 'bytes=100-199' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-199/${whole.length}`]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(100, 200));
    const beyond = await fetch(clip.url, { headers: { range: `bytes=${whole.length}-` } });
    expect([beyond.status, (await problemOf(beyond)).code]).toEqual([416, 'RANGE_NOT_SATISFIABLE']);
    const head = await fetch(clip.url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(whole.length)]);
  });

  it('have a page that plays, on a phone and on a desk, and says what it is to those who look at links', async () => {
    const html = await (await fetch(clip.pageUrl)).text();
    for (const meta of [
      '<meta property="og:title" content="A &lt;b&gt;goal&lt;/b&gt; &amp; more" />',
      `<meta property="og:image" content="${clip.pageUrl}.jpg" />`,
      `<meta property="og:video" content="${clip.url}" />`,
      '<meta property="og:video:width" content="320" />',
    ]) {
      expect(html.replace(/\s+/g, ' ')).toContain(meta);
    }
    const { viewport: phone } = devices['iPhone 12']!;
    for (const viewport of [phone, { width: 1440, height: 900 }]) {
      const { page, errors, close } = await openPage(browser, clip.pageUrl, { viewport });
      expect(await page.locator('h1').textContent()).toBe('A <b>goal</b> & more');
      expect(await page.locator('.chapters a').allTextContents()).toHaveLength(2);
      await page.evaluate(`document.querySelector('video').muted = true; document.querySelector('video').play()`);
      await until('it plays', () => page.evaluate<boolean>(`document.querySelector('video').currentTime > 0.5`));
      const size = await page.evaluate<string>(
        `(({ videoWidth: w, videoHeight: h }) => w + 'x' + h)(document.querySelector('video'))`,
      );
      const isWider = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
      expect([size, isWider, errors]).toEqual(['320x180', false, []]);
      if (SHOTS) {
        await mkdir(SHOTS, { recursive: true });
        await page.screenshot({ path: join(SHOTS, `clip-${viewport.width}.png`), fullPage: true });
      }
      await close();
    }
  });

  it('lead a browser to the page, which waits until the clip is there', async () => {
    const response = await press('show/clip', `key=${KEY}&seconds=3`, { headers: { accept: 'text/html,*/*' } });
    const location = response.headers.get('location') ?? '';
    expect([response.status, location]).toEqual([303, expect.stringMatching(/^\/live\/show\/clips\/\w{25}$/)]);
    const { page, errors, close } = await openPage(browser, `${server.playback}${location}`);
    await page.locator('video').waitFor();
    expect([await page.locator('h1').textContent(), errors]).toEqual(['Clip of show', []]);
    await close();
  });

  it('make one clip of 50 presses at once', async () => {
    const presses = Array.from({ length: 50 }, () => press('show/clip', `key=${KEY}&seconds=2`, { method: 'POST' }));
    const answers = await Promise.all(presses);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const ids = new Set(await Promise.all(answers.map(async (each) => ((await each.json()) as Shown).id)));
    expect(ids.size).toBe(1);
  });

  it('take a signature of a push, too', async () => {
    const compiled = compileRules(RULES);
    const auth = compiled.ok ? compiled.compiled.rules.domains[0]!.push.auth : undefined;
    const signed = signUrl('/live/show', auth!, { nowMs: Date.now() });
    const response = await press('show/marker', `${signed.split('?')[1]}&name=Signed`);
    expect([response.status, await response.json()]).toMatchObject([201, { name: 'Signed' }]);
  });

  it.each([
    ['no key', 'show/clip', 'seconds=5', {}, 403, 'SIGNATURE_MISSING'],
    ['a wrong key', 'show/clip', 'key=guessed', {}, 403, 'STREAM_KEY_INVALID'],
    ['the key of another stream', 'show/marker', 'key=a-key-of-another-stream', {}, 403, 'STREAM_KEY_INVALID'],
    ['no number', 'show/clip', `key=${KEY}&seconds=ten`, {}, 400, 'CLIP_RANGE'],
    ['nothing', 'show/clip', `key=${KEY}&seconds=-1`, {}, 400, 'CLIP_RANGE'],
    ['more than an hour', 'show/clip', `key=${KEY}&seconds=3601`, {}, 400, 'CLIP_RANGE'],
    ['a stream that nobody keeps', 'unkept/clip', `key=${KEY}`, {}, 404, 'NOTHING_TO_CLIP'],
    ['a marker of what is not live', 'unkept/marker', `key=${KEY}`, {}, 404, 'NOT_MARKABLE'],
    ['no press', 'show/clip', `key=${KEY}`, { headers: { 'sec-purpose': 'prefetch' } }, 405, 'NOT_PRESSED'],
  ] as const)('refuse %s', async (_, what, query, init, status, code) => {
    const response = await press(what, query, init);
    expect([response.status, (await problemOf(response)).code]).toEqual([status, code]);
  });

  it('can be held down, and then refuse', async () => {
    const codes: number[] = [];
    for (let name = 0; name < 15; name++) codes.push((await press('show/marker', `key=${KEY}&name=${name}`)).status);
    expect([codes.includes(201), codes.at(-1)]).toEqual([true, 429]);
  });
});

describe('clips by the API', () => {
  const path = '/streams/default/live/show/clips';
  const post = (body: object, of = path) =>
    server.api<Shown>(of, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });

  it('are cut exactly or to the segment, listed and deleted', async () => {
    const nowMs = Date.now();
    const range = { startMs: nowMs - 5500, endMs: nowMs - 3000 };
    const exact = await settled(await post({ ...range, title: 'exact' }));
    const rough = await settled(await post({ ...range, title: 'rough', exact: false }));
    expect([exact, rough]).toMatchObject([{ isExact: true }, { isExact: false }]);
    const numbers = await numbersShown(await download(exact.url, 'exact.mp4'));
    const around = await numbersShown(await download(rough.url, 'rough.mp4'));
    expect([consecutive(numbers), consecutive(around), around.length % 50]).toEqual([true, true, 0]);
    expect(Math.abs(numbers.length - (exact.durationSeconds ?? 0) * FPS)).toBeLessThanOrEqual(1);
    // Pictures are shown a little later than they are decoded, which segments go by.
    expect(around).toEqual(expect.arrayContaining(numbers.slice(3, -3)));
    const { clips } = await server.api<{ clips: Shown[] }>(path);
    expect(clips.slice(0, 2).map(({ title }) => title)).toEqual(['rough', 'exact']);
    await server.api(`${path}/${rough.id}`, { method: 'DELETE' });
    for (const url of [rough.url, `${rough.pageUrl}.jpg`, rough.pageUrl]) expect((await fetch(url)).status).toBe(404);
    await expect(readFile(join(home.path, `clips/live/show/${rough.id}.mp4`))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    await expect(server.api(`${path}/${rough.id}`)).rejects.toThrow('CLIP_NOT_FOUND');
  });

  it.each([
    ['of nothing', { startMs: 1000, endMs: 1000 }, 'CLIP_RANGE'],
    ['reversed', { startMs: 2000, endMs: 1000 }, 'CLIP_RANGE'],
    ['of times long past', { startMs: 1000, endMs: 2000 }, 'NOTHING_TO_CLIP'],
    ['of two hours', { startMs: Date.now() - 7_200_000, endMs: Date.now() }, 'CLIP_RANGE'],
    ['of the future', { startMs: Date.now() + 60_000, endMs: Date.now() + 90_000 }, 'CLIP_IN_FUTURE'],
    ['of half a range', { startMs: 1000 }, 'BAD_REQUEST'],
    ['of no numbers', { seconds: 'x' }, 'BAD_REQUEST'],
  ])('are refused %s', async (_, body, code) => {
    await expect(post(body)).rejects.toThrow(code);
    await expect(post(body, '/streams/default/live/nobody/clips')).rejects.toThrow(code);
  });
});

describe('markers', () => {
  it('are chapters of time shift, listed and taken back', async () => {
    type Markers = { markers: { id: string; name: string; by: string; atMs: number }[] };
    const { markers } = await server.api<Markers>('/streams/default/live/show/markers');
    expect(markers.slice(0, 2)).toMatchObject([
      { name: 'Kick <off>', by: 'cue_point' },
      { name: 'Goal', by: 'hotkey' },
    ]);
    const multivariant = await (await fetch(`${server.playback}/live/show.m3u8`)).text();
    const token = /~([\w.-]+)\//.exec(multivariant)?.[1];
    const chapters = await fetch(`${server.playback}/live/show/~${token}/chapters.vtt`);
    expect(chapters.headers.get('content-type')).toBe('text/vtt; charset=utf-8');
    const text = await chapters.text();
    expect(text).toMatch(/00:00:0[34]\.\d+ --> .+\nKick &lt;off&gt;\n/);
    for (const [query, code] of [
      ['from=5&to=3', 'CHAPTERS_RANGE'],
      ['from=x', 'CHAPTERS_RANGE'],
      ['from=1&to=2', 'LHS_TOO_FAR_BACK'],
    ]) {
      const refused = await fetch(`${server.playback}/live/show/~${token}/chapters.vtt?${query}`);
      expect([refused.status, (await problemOf(refused)).code]).toEqual([400, code]);
    }
    expect((await fetch(`${server.playback}/live/show/~guessed/chapters.vtt`)).status).toBe(403);
    await server.api(`/streams/default/live/show/markers/${markers[1]!.id}`, { method: 'DELETE' });
    const left = await server.api<Markers>('/streams/default/live/show/markers');
    expect(left.markers.some(({ name }) => name === 'Goal')).toBe(false);
  });
});

describe('a stream that has ended', () => {
  type Recorded = { recordings: { id: string; format: string; startedAt: string; endedAt: string }[] };
  type Index = { id: string; state: string; object: string; url: string; durationSeconds: number; width: number };
  const path = '/streams/default/live/show';

  beforeAll(async () => {
    const shifted = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/shifted?key=${KEY}` });
    await shifted.play(
      made.tags.filter(({ timestampMs }) => timestampMs < 13_000),
      { speed: 4 },
    );
    await shifted.unpublish();
    isLast = true;
    await playing;
    await publisher.unpublish();
    await cancelDelay(server, 'show');
    await until('it is recorded', async () => (await recorded()).length === 2);
  }, 120_000);

  const recorded = async () => (await server.api<Recorded>('/recordings?stream=show')).recordings;
  const post = (body: object, of = path) =>
    server.api<Index>(`${of}/index-files`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  const fetched = (url: string) =>
    fetch(`http://127.0.0.1:${server.controlPort}${url}`, {
      headers: { authorization: `Bearer ${server.secrets.adminPassword}` },
    });

  it('has chapters in its recordings, and its last seconds can be clipped', async () => {
    const mp4 = (await recorded()).find(({ format }) => format === 'mp4')!;
    const chapters = await (await fetched(`/api/v1/recordings/default/live/show/${mp4.id}/chapters.vtt`)).text();
    expect(chapters).toMatch(/00:00:0[34]\.\d+ --> .+\nKick &lt;off&gt;\n/);
    const clip = await settled((await (await press('show/clip', `key=${KEY}&seconds=3`)).json()) as Shown);
    const numbers = await numbersShown(await download(clip.url, 'last.mp4'));
    expect([consecutive(numbers), numbers.at(-1)]).toEqual([true, sent - 1]);
  });

  it('has index files over its slices', async () => {
    const m3u8 = (await recorded()).find(({ format }) => format === 'm3u8')!;
    const [startMs, endMs] = [Date.parse(m3u8.startedAt) + 4000, Date.parse(m3u8.startedAt) + 14_000];
    const range = { startTime: new Date(startMs).toISOString(), endTime: new Date(endMs).toISOString() };
    const index = await post({ ...range, object: 'index/{AppName}/{StreamName}/{Date}/{Hour}/{Minute}_{Second}.m3u8' });
    expect(index).toMatchObject({ state: 'ready', width: 320 });
    expect(index.object).toBe(
      `index/live/show/${range.startTime.slice(0, 19).replace('T', '/').replace(':', '/').replace(':', '_')}.m3u8`,
    );
    const longer = await post({ ...range, object: 'index/{StreamName}-longer.m3u8', endTimeIncluded: true });
    const segmentsOf = async ({ url }: Index) => parseMediaPlaylist(await (await fetched(url)).text()).segments;
    const [within, covered] = [await segmentsOf(index), await segmentsOf(longer)];
    expect(covered.length).toBe(within.length + 1);
    const wallMs = within.map(({ programDateTimeMs = 0 }) => programDateTimeMs);
    expect(wallMs[0]! <= startMs && wallMs.at(-1)! < endMs).toBe(true);
    const last = covered.at(-1)!;
    expect(last.programDateTimeMs! + last.durationSeconds * 1000).toBeGreaterThan(endMs);
    const numbers = await numbersShown(join(home.path, index.object));
    expect([consecutive(numbers), numbers.length]).toEqual([true, Math.round(index.durationSeconds * FPS)]);
    const slice = await fetched(new URL(within[0]!.uri, `http://x${index.url}`).pathname);
    expect([slice.status, slice.headers.get('content-type')]).toEqual([200, 'video/mp2t']);
    await server.api(`${path}/index-files/${index.id}`, { method: 'DELETE' });
    expect((await fetched(index.url)).status).toBe(404);
    expect((await readFile(join(home.path, longer.object), 'utf8')).length).toBeGreaterThan(0);
  });

  it('has index files made of the archive where no slices were recorded', async () => {
    const of = '/streams/default/live/shifted';
    // What was pushed faster than it was made ends, by its length, later than now.
    const [from, to] = [new Date(Date.now() - 600_000), new Date(Date.now() + 60_000)];
    const range = { startTime: from.toISOString(), endTime: to.toISOString() };
    const asked = await post(range, of);
    expect(asked.state).toBe('making');
    const index = await until('it is made', async () => {
      const file = await server.api<Index>(`${of}/index-files/${asked.id}`);
      return file.state === 'making' ? undefined : file;
    });
    expect(index).toMatchObject({ state: 'ready', durationSeconds: expect.closeTo(13, 0) });
    const numbers = await numbersShown(join(home.path, index.object));
    expect([consecutive(numbers), numbers.length]).toEqual([true, 13 * FPS]);
  });

  it.each([
    ['a prefix that climbs', { object: '../{AppName}/x.m3u8' }, 'INDEX_OBJECT'],
    ['one that climbs inside', { object: 'a/../../x.m3u8' }, 'INDEX_OBJECT'],
    ['a root', { object: '/etc/x.m3u8' }, 'INDEX_OBJECT'],
    ['the archive', { object: '.archive/x.m3u8' }, 'INDEX_OBJECT'],
    ['another extension', { object: 'x.mp4' }, 'INDEX_OBJECT'],
    ['another variable', { object: '{Secret}.m3u8' }, 'INDEX_OBJECT'],
    ['a storage of nobody', { storage: 'nowhere' }, 'INDEX_STORAGE'],
    ['a reversed range', { endTime: '2020-01-01T00:00:00Z' }, 'INDEX_RANGE'],
    ['five days', { startTime: new Date(Date.now() - 5 * 86_400_000).toISOString() }, 'INDEX_RANGE'],
    ['a time of nothing', { startTime: '2020-01-01T00:00:00Z', endTime: '2020-01-02T00:00:00Z' }, 'NOTHING_RECORDED'],
    ['no time', { startTime: 'yesterday' }, 'BAD_REQUEST'],
  ])('refuses index files: %s', async (_, changed, code) => {
    const range = { startTime: new Date(Date.now() - 60_000).toISOString(), endTime: new Date().toISOString() };
    await expect(post({ ...range, ...changed })).rejects.toThrow(code);
  });
});
