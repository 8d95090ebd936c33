import { createDecipheriv } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import * as HLS from 'hls-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type MediaPlaylist,
  type MultivariantPlaylist,
  parseMediaPlaylist,
  parseMultivariantPlaylist,
} from '../../src/protocol/m3u8/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { signer } from '../support/access-rules.ts';
import { forged } from '../support/forged.ts';
import { codeAt, http } from '../support/http.ts';
import { type Child, type Headwater, publishTestPicture, runToEnd, startHeadwater, until } from '../support/index.ts';
import { SMALL_TEMPLATES } from '../support/ladder.ts';
import { NO_DATABASE } from '../support/peers.ts';

HLS.setOptions({ silent: true, strictMode: false });

const PLAY_AUTH = { type: 'type_a' as const, key1: 'time-shift-test-play-key' };
const sign = signer(PLAY_AUTH);
const SECONDS = 26;
const FPS = 20;
/** Segments of a second, three of them in the live playlist and as many behind it: 6 s after it, only the archive has one. */
const HLS_RULE = { segmentSeconds: 1, windowSegments: 3, endedSeconds: 1 };

const stream = (name: string) => ({ match: { app: 'live', stream: name }, hls: HLS_RULE });
const RULES: RulesInput = {
  domains: [{ name: 'default', push: { auth: { type: 'no_auth' } }, play: { auth: PLAY_AUTH } }],
  templates: SMALL_TEMPLATES,
  streams: [
    {
      ...stream('one'),
      timeShift: { enabled: true, days: 2, renditions: true, nearSeconds: 8 },
      transcode: { templates: ['tiny'] },
    },
    {
      ...stream('locked'),
      timeShift: { enabled: true, nearSeconds: 0 },
      encryption: { method: 'aes-128', rotateSeconds: 10 },
    },
    stream('none'),
  ],
};

let server: Headwater;
const publishers: Child[] = [];
/** When the stream began, by the wall clock of its first segment. */
let startMs = 0;
/** Segments as they were live. */
const live = new Map<string, Buffer>();

beforeAll(async () => {
  server = await startHeadwater({ rules: RULES, env: NO_DATABASE });
  const picture = { seconds: SECONDS, fps: FPS, gop: FPS, size: '160x90', bitrate: '80k' };
  for (const name of ['one', 'locked', 'none']) {
    publishers.push(await publishTestPicture(server, `live/${name}`, picture));
  }
});

afterAll(async () => {
  for (const publisher of publishers) await publisher.stop();
  await server?.stop();
});

const urlOf = (name: string, query = '') => `${server.playback}${sign(`/live/${name}.m3u8`)}${query && `&${query}`}`;
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

async function multivariantAt(url: string): Promise<MultivariantPlaylist> {
  const { status, text } = await http(url);
  if (status !== 200) throw new Error(`${url}: ${status} ${text}`);
  expect(HLS.parse(text).isMasterPlaylist).toBe(true);
  return parseMultivariantPlaylist(text);
}

type Media = MediaPlaylist & { readonly url: string; readonly numbers: number[]; readonly text: string };

/** A media playlist that another program reads as we do, and whose segments have the numbers that players count. */
async function mediaAt(url: string): Promise<Media> {
  const { status, text } = await http(url);
  if (status !== 200) throw new Error(`${url}: ${status} ${text}`);
  const playlist = parseMediaPlaylist(text);
  const theirs = HLS.parse(text) as HLS.types.MediaPlaylist;
  expect(theirs.segments.map(({ uri }) => uri).filter((uri) => uri !== '')).toEqual(
    playlist.segments.map(({ uri }) => uri),
  );
  const numbers = playlist.segments.map(({ uri }) => Number.parseInt(uri, 10));
  expect(numbers).toEqual(range(playlist.mediaSequence, playlist.mediaSequence + numbers.length - 1));
  for (const { durationSeconds } of playlist.segments) {
    expect(Math.round(durationSeconds)).toBeLessThanOrEqual(playlist.targetDurationSeconds);
  }
  return { ...playlist, url, numbers, text };
}

/** Opens a session, and the first variant's playlist or that of a folder. */
async function play(name: string, query = '', folder = ''): Promise<Media> {
  const url = urlOf(name, query);
  const { variants } = await multivariantAt(url);
  const found = variants.find(({ uri }) => (folder === '' ? true : uri.includes(`/${folder}/`)));
  if (!found) throw new Error(`no variant ${folder} of ${variants.map(({ uri }) => uri)}`);
  return mediaAt(new URL(found.uri, url).href);
}

const beside = (url: string, name: string) => new URL(name, url).href;
const offset = (seconds: number) => `aliyunols=on&lhs_start=1&lhs_offset_unix_s_0=${seconds}`;
const vod = (fromS: number, toS: number) =>
  `aliyunols=on&lhs_start_unix_ms_0=${startMs + fromS * 1000}&lhs_vodend_unix_ms_0=${startMs + toS * 1000}`;

/** Pictures that FFmpeg shows of a URL, by their checksums. */
async function framesOf(url: string, ...until: string[]): Promise<string[]> {
  const args = ['-v', 'error', '-i', url, ...until, '-map', '0:v:0', '-f', 'framemd5', '-'];
  const text = await runToEnd('ffmpeg', args, 90_000);
  return text.split('\n').flatMap((line) => (line.startsWith('0,') ? [line.split(',').at(-1)!.trim()] : []));
}

async function probe(url: string): Promise<{ duration: number; streams: string[] }> {
  const args = ['-v', 'error', '-show_entries', 'stream=codec_name:format=duration', '-of', 'json', url];
  const { format, streams } = JSON.parse(await runToEnd('ffprobe', args, 90_000));
  return { duration: Number(format.duration), streams: streams.map((each: { codec_name: string }) => each.codec_name) };
}

describe('while it is live', () => {
  it('the live playlist begins so long before what is in memory as the rule says', async () => {
    await until('it has a past', async () => (await play('one')).numbers.length >= 11, 60_000, 500);
    const playlist = await play('one');
    startMs = await timelineStart();
    expect(playlist.numbers.length).toBeLessThan(14);
    expect(playlist.isEnded).toBeUndefined();
    for (const { uri } of playlist.segments) {
      const { status, body } = await http(beside(playlist.url, uri));
      expect([uri, status]).toEqual([uri, 200]);
      live.set(uri, body);
    }
    const ts = await play('one', 'container=ts');
    for (const { uri } of ts.segments) live.set(uri, (await http(beside(ts.url, uri))).body);
    expect((await play('none')).numbers.length).toBeLessThan(5);
  });

  it('a lag gives a playlist that slides, and that plays', async () => {
    const url = urlOf('one', offset(8));
    const first = await play('one', offset(8));
    expect(first.url).toMatch(/\/shift-\d+\.m3u8$/);
    expect(first.isEnded).toBeUndefined();
    const shownMs = first.segments.at(-3)!.programDateTimeMs!;
    expect(Math.abs(Date.now() - 8000 - shownMs)).toBeLessThan(3000);
    const next = await until('it slides', async () => {
      const now = await mediaAt(first.url);
      return now.mediaSequence > first.mediaSequence && now;
    });
    expect(next.numbers.at(-1)).toBeGreaterThan(first.numbers.at(-1)!);
    expect((await framesOf(url, '-t', '2')).length).toBe(2 * FPS);
  });

  it('a start in the future is live, and so is no lag', async () => {
    for (const query of [offset(0), 'lhs_start_unix_s_0=4102444800', 'lhs_start=1&aliyunols=on']) {
      expect((await play('one', query)).url).toMatch(/\/live\.m3u8$/);
    }
  });

  it('a viewer back in time is counted, and is sent away when he is revoked', async () => {
    const viewer = signer(PLAY_AUTH, { uid: 'bob' });
    const url = `${server.playback}${viewer('/live/one.m3u8')}&${offset(8)}`;
    const { variants } = await multivariantAt(url);
    const playlist = new URL(variants[0]!.uri, url).href;
    expect((await http(playlist)).status).toBe(200);
    type Streams = { streams: { name: string; viewers: { hls: number } }[] };
    const { streams } = await server.api<Streams>('/streams');
    expect(streams.find(({ name }) => name === 'one')?.viewers.hls).toBeGreaterThan(0);
    await server.setRules({ ...RULES, revoked: [{ uid: 'bob' }] });
    await until('he is out', async () => (await codeAt(playlist)) === 'REVOKED');
  });
});

async function timelineStart(): Promise<number> {
  const { content } = await timeline();
  return content.timeline[0]!.start * 1000;
}

type Timeline = { current: number; timeline: { start: number; end: number }[] };

async function timeline(query = ''): Promise<Timeline & { retCode: number; content: Timeline }> {
  const path = sign('/openapi/timeline/query');
  const { status, text } = await http(`${server.playback}${path}&aliyunols=on&app=live&stream=one&format=ts${query}`);
  expect([status, text.slice(0, 1)]).toEqual([200, '{']);
  return JSON.parse(text);
}

describe('when it is over', () => {
  beforeAll(async () => {
    for (const publisher of publishers) await until('it ends', () => publisher.process.exitCode !== null, 60_000);
    await until('it is gone from memory', async () => (await codeAt(urlOf('one'))) === 'STREAM_NOT_LIVE', 30_000, 500);
    await delay(6000);
  });

  it('the timeline has all of it, in whole seconds', async () => {
    const answer = await timeline();
    expect(answer).toMatchObject({ retCode: 0, content: { timeline: answer.timeline } });
    expect(Math.abs(answer.current - Date.now() / 1000)).toBeLessThan(3);
    const [whole, ...others] = answer.timeline;
    expect(others).toEqual([]);
    expect(whole!.end - whole!.start).toBeGreaterThanOrEqual(SECONDS - 2);
    const from = whole!.start + 5;
    const part = await timeline(`&lhs_start_unix_s_0=${from}&lhs_end_unix_s_0=${from + 10}`);
    expect(part.timeline).toEqual([{ start: from, end: from + 10 }]);
  });

  it.each(['fmp4', 'ts'])('all of a time plays to its end, in %s', async (container) => {
    const query = `${vod(2, 20)}&container=${container}`;
    const playlist = await play('one', query);
    expect(playlist).toMatchObject({ playlistType: 'VOD', isEnded: true });
    const seconds = playlist.segments.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
    const found = await probe(urlOf('one', query));
    expect(new Set(found.streams)).toEqual(new Set(['aac', 'h264']));
    expect(found.duration).toBeCloseTo(seconds, 0);
    const frames = await framesOf(urlOf('one', query));
    expect(frames.length).toBe(Math.round(seconds * FPS));
    expect(new Set(frames).size).toBe(frames.length);
  });

  it('segments are the bytes that were live, in either container', async () => {
    const playlists = [await play('one', vod(0, 40)), await play('one', `${vod(0, 40)}&container=ts`)];
    let compared = 0;
    for (const { url, segments } of playlists) {
      for (const { uri } of segments) {
        const before = live.get(uri);
        if (!before) continue;
        compared++;
        const { status, headers, body } = await http(beside(url, uri));
        expect([status, headers['content-type']]).toEqual([200, uri.endsWith('.ts') ? 'video/mp2t' : 'video/mp4']);
        expect(body.equals(before)).toBe(true);
      }
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('segments answer HEAD, ranges and any page as live ones do, and playlists are compressed', async () => {
    const { url, segments } = await play('one', vod(0, 40));
    const segment = beside(url, segments[0]!.uri);
    const whole = await http(segment);
    expect(whole.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=86400, immutable',
      'accept-ranges': 'bytes',
    });
    const head = await http(segment, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
      200,
      String(whole.body.length),
      0,
    ]);
    const part = await http(segment, { headers: { range: 'bytes=10-19' } });
    expect([part.status, part.body.equals(whole.body.subarray(10, 20))]).toEqual([206, true]);
    const packed = await http(url, { headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.body).toString()).toContain('#EXT-X-ENDLIST');
    const init = await http(beside(url, segments[0]!.map!.uri));
    expect(init.body.includes('moov')).toBe(true);
  });

  it('a start in what is past goes on from there and ends; a window ends where it is told to', async () => {
    const start = await play('one', `lhs_start_unix_ms_0=${startMs + 5000}`);
    expect(start.segments.at(-3)!.programDateTimeMs).toBeLessThanOrEqual(startMs + 5500);
    const window = await play('one', `lhs_start_unix_ms_0=${startMs + 5000}&lhs_end_unix_ms_0=${startMs + 9000}`);
    expect(window.url).toMatch(/\/window-\d+-\d+-\d+\.m3u8$/);
    const ended = await until('the window ends', async () => {
      const now = await mediaAt(window.url);
      return now.isEnded && now;
    });
    expect(ended.segments.at(-1)!.programDateTimeMs).toBeLessThan(startMs + 9000);
    const frames = await framesOf(
      urlOf('one', `lhs_start_unix_ms_0=${startMs + 5000}&lhs_end_unix_ms_0=${startMs + 9000}`),
    );
    expect([4 * FPS, 5 * FPS]).toContain(frames.length);
  });

  it('renditions can be played back, as one of several and by their own name', async () => {
    const { variants } = await multivariantAt(urlOf('one', vod(5, 15)));
    expect(variants.map(({ resolution }) => resolution?.height)).toEqual([90, 64]);
    expect(variants[0]!.bandwidth).toBeGreaterThan(variants[1]!.bandwidth);
    const among = await play('one', vod(5, 15), 'tiny');
    expect(among.isEnded).toBe(true);
    expect((await http(beside(among.url, among.segments[0]!.uri))).status).toBe(200);
    const alone = `${server.playback}${sign('/live/one_tiny.m3u8')}&${vod(5, 15)}`;
    expect(await probe(alone)).toMatchObject({ streams: ['h264'] });
  });

  it('what is encrypted stays so, with the keys of its time', async () => {
    const playlist = await play('locked', vod(0, 40));
    const names = new Set(playlist.segments.map(({ key }) => key?.uri));
    expect(names.size).toBeGreaterThan(1);
    const segment = playlist.segments.at(-1)!;
    const key = await http(beside(playlist.url, segment.key!.uri!));
    expect([key.status, key.body.length, key.headers['cache-control']]).toEqual([200, 16, 'private, no-store']);
    const iv = Buffer.alloc(16);
    iv.writeUInt32BE(playlist.numbers.at(-1)!, 12);
    const { body } = await http(beside(playlist.url, segment.uri));
    const decipher = createDecipheriv('aes-128-cbc', key.body, iv);
    expect(Buffer.concat([decipher.update(body), decipher.final()]).includes('moof')).toBe(true);
    expect(body.includes('moof')).toBe(false);
    expect((await framesOf(urlOf('locked', vod(2, 20)))).length).toBeGreaterThan(17 * FPS);
    expect((await framesOf(urlOf('locked', `${vod(2, 20)}&container=ts`))).length).toBeGreaterThan(17 * FPS);
  });

  it.each([
    ['one', 'lhs_start_unix_s_0=1', 'LHS_TOO_FAR_BACK'],
    ['one', 'lhs_start_human_s_8=20170231000000', 'LHS_VALUE'],
    ['one', 'lhs_start_human_s_12=20170201000000', 'LHS_ZONE'],
    ['one', 'lhs_offset_unix_s_0=5&lhs_start_unix_s_0=5', 'LHS_CONFLICT'],
    ['one', 'lhs_begin_unix_s_0=5', 'LHS_UNKNOWN'],
    ['one', 'lhs_start_unix_s_0=%now-7200&lhs_vodend_unix_s_0=%now-3600', 'NOT_ARCHIVED'],
    ['none', offset(5), 'NO_TIME_SHIFT'],
    ['nowhere', offset(5), 'NO_TIME_SHIFT'],
    ['one_none', offset(5), 'NO_TIME_SHIFT'],
  ])('refuses %s?%s: %s', async (name, query, code) => {
    const since = query.replace(/%now-(\d+)/g, (_, seconds) => String(Math.floor(startMs / 1000) - Number(seconds)));
    const { status, headers, text } = await http(urlOf(name, since));
    expect(headers['content-type']).toBe('application/problem+json');
    expect([status < 500, JSON.parse(text).code]).toEqual([true, code]);
    expect(JSON.parse(text).remedy).toMatch(/\.$/);
  });

  it('refuses names that no playlist gives', async () => {
    const { url, numbers } = await play('one', vod(0, 40));
    for (const [file, code] of [
      ['shift-999999999999.m3u8', 'LHS_TOO_FAR_BACK'],
      ['vod-1-2.m3u8', 'LHS_TOO_FAR_BACK'],
      ['shift-100000000.m3u8', 'NOT_ARCHIVED'],
      [`${numbers[0]! - 1}.m4s`, 'STREAM_NOT_LIVE'],
      ['init-000000000000.mp4', 'STREAM_NOT_LIVE'],
      ['1.key', 'STREAM_NOT_LIVE'],
      ['live.m3u8', 'STREAM_NOT_LIVE'],
    ]) {
      expect([file, await codeAt(beside(url, file!))]).toEqual([file, code]);
    }
    expect(await codeAt(forged(url))).toBe('SESSION_INVALID');
    expect(await codeAt(forged(beside(url, `${numbers[0]}.m4s`)))).toBe('SESSION_INVALID');
  });

  it('refuses whoever has no signature, and queries that name nothing', async () => {
    const unsigned = `${server.playback}/live/one.m3u8?${offset(5)}`;
    expect(await codeAt(unsigned)).toBe('SIGNATURE_MISSING');
    const query = `${server.playback}/openapi/timeline/query`;
    expect(await codeAt(`${query}?app=live&stream=one`)).toBe('SIGNATURE_MISSING');
    const signed = `${server.playback}${sign('/openapi/timeline/query')}`;
    expect(await codeAt(`${signed}&app=live`)).toBe('BAD_QUERY');
    expect(await codeAt(`${signed}&app=live&stream=one&format=mp4`)).toBe('BAD_QUERY');
    expect(await codeAt(`${signed}&app=live&stream=none`)).toBe('NO_TIME_SHIFT');
    expect(await codeAt(`${signed}&app=live&stream=one&lhs_start_unix_s_0=9&lhs_end_unix_s_0=5`)).toBe('LHS_REVERSED');
  });
});
