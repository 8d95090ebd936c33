import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { signTypeA } from '../../src/access/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { codeAt } from '../support/http.ts';
import { type Headwater, runToEnd, start, tempDir, until } from '../support/index.ts';
import { OPEN_DOMAIN, openServer } from '../support/open-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const PLAY_KEY = 'a-play-key-of-the-test';
const RULE = { match: {}, snapshot: { enabled: true, everySeconds: 5, overwrite: '', sprite: true } };

async function open(
  streams: RulesInput['streams'] = [RULE],
  play: object = {},
  env: NodeJS.ProcessEnv = {},
): Promise<Headwater> {
  const domain = { ...OPEN_DOMAIN, play: { auth: { type: 'type_a' as const, key1: PLAY_KEY }, ...play } };
  const server = await openServer(streams, { domains: [domain], env });
  cleanups.push(() => server.stop());
  return server;
}

const RED_PER_SECOND = 8;

/** Its red grows with time, so that a picture tells when it was taken. */
function publishRamp(server: Headwater, name: string, size = '320x180'): void {
  const source = `color=black:size=${size}:rate=10,format=rgb24,geq=r='mod(${RED_PER_SECOND}*T,256)':g=80:b=160`;
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-pix_fmt', 'yuv420p'];
  const args = ['-v', 'error', '-re', '-f', 'lavfi', '-i', source, '-t', '600', ...encoder, '-f', 'flv'];
  const child = start('ffmpeg', [...args, `${server.rtmp}/live/${name}`]);
  cleanups.push(() => child.stop('SIGKILL'));
}

function signed(server: Headwater, path: string): string {
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const key = signTypeA({ path, timestampSeconds, rand: '0', uid: '0', key: PLAY_KEY });
  return `${server.playback}${path}?auth_key=${key}`;
}

type Cue = { readonly startS: number; readonly endS: number; readonly url: string; readonly xywh: readonly number[] };

function readVtt(text: string, base: string): { readonly startMs: number; readonly cues: readonly Cue[] } {
  const [head = '', ...blocks] = text.trim().split('\n\n');
  const startMs = Date.parse(/^WEBVTT\nSTREAM-START: (.*)$/.exec(head)?.[1] ?? '');
  const seconds = (time = '') => time.split(':').reduce((sum, each) => sum * 60 + Number(each), 0);
  const cues = blocks.map((block) => {
    const [times = '', address = ''] = block.split('\n');
    const [from, to] = times.split(' --> ');
    const url = new URL(address, base);
    return { startS: seconds(from), endS: seconds(to), url: url.href, xywh: url.hash.slice(6).split(',').map(Number) };
  });
  return { startMs, cues };
}

async function untilTiles(url: () => string, count: number) {
  return until(
    `${count} tiles`,
    async () => {
      const response = await fetch(url());
      if (response.status !== 200) return undefined;
      expect(response.headers.get('content-type')).toBe('text/vtt; charset=utf-8');
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      const vtt = readVtt(await response.text(), url());
      return vtt.cues.length >= count ? vtt : undefined;
    },
    120_000,
  );
}

/** Mean colour of a part of a picture, as FFmpeg decodes it. */
async function colourOf(picture: Uint8Array, [x, y, width, height]: readonly number[]): Promise<number[]> {
  const home = await tempDir('tile');
  try {
    const file = join(home.path, 'a.jpg');
    await writeFile(file, picture);
    const crop = `crop=${width}:${height}:${x}:${y},scale=1:1:flags=area`;
    const output = ['-pix_fmt', 'rgb24', '-f', 'rawvideo', join(home.path, 'pixel')];
    await runToEnd('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-vf', crop, ...output]);
    const { readFile } = await import('node:fs/promises');
    return [...(await readFile(join(home.path, 'pixel')))];
  } finally {
    await home.remove();
  }
}

async function pictureOf(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  return new Uint8Array(await response.arrayBuffer());
}

/** The pictures show what was published at their times. */
async function expectRamp(cues: readonly Cue[]): Promise<void> {
  const reds: number[] = [];
  for (const { url: tile, xywh } of cues) {
    expect(xywh.slice(2)).toEqual([160, 90]);
    const [red = 0, green = 0, blue = 0] = await colourOf(await pictureOf(tile), xywh);
    expect([Math.abs(green - 80) <= 8, Math.abs(blue - 160) <= 8]).toEqual([true, true]);
    reds.push(red);
  }
  for (const [index, cue] of cues.slice(1).entries()) {
    const before = cues[index]!;
    expect(before.endS).toBe(cue.startS);
    const passed = cue.startS - before.startS;
    expect(Math.abs(reds[index + 1]! - reds[index]! - RED_PER_SECOND * passed)).toBeLessThanOrEqual(8);
  }
}

describe('the sprite of a stream', () => {
  it('is refused to whom the stream is, and found by a session of HLS', async () => {
    const server = await open();
    publishRamp(server, 'ramp');
    const { cues } = await untilTiles(() => signed(server, '/live/ramp.vtt'), 1);
    const status = async (path: string) => (await fetch(path)).status;
    expect(await status(`${server.playback}/live/ramp.vtt`)).toBe(403);
    expect(await status(signed(server, '/live/absent.vtt'))).toBe(404);
    const sheet = cues[0]!.url;
    expect(await status(sheet.replace(/~[^/]*/, '~forged'))).toBe(403);
    expect(await status(sheet.replace('/ramp/', '/other/'))).toBe(403);
    expect(await status(sheet.replace('sprite-0', 'sprite-7'))).toBe(404);
    const playlist = signed(server, '/live/ramp.m3u8');
    const media = (await (await fetch(playlist)).text()).split('\n').find((line) => line && !line.startsWith('#'));
    const vtt = new URL('sprite.vtt', new URL(media!, playlist));
    const found = await untilTiles(() => vtt.href, 1);
    expect((await pictureOf(found.cues[0]!.url)).length).toBeGreaterThan(100);
  });

  it('shows what the stream showed, and of what was archived after a crash and a restart, too', async () => {
    const archive = await tempDir('previews');
    cleanups.push(() => archive.remove());
    const rule = { ...RULE, hls: { segmentSeconds: 1 }, timeShift: { enabled: true, days: 7 } };
    const start = () => open([rule], { sessionTokenIn: 'query' }, { HEADWATER_ARCHIVE_DIR: archive.path });
    const sinceMs = Date.now();
    const past = (server: Headwater, from = sinceMs, to = sinceMs + 600_000) =>
      `${signed(server, '/live/ramp.vtt')}&lhs_start_unix_ms_0=${from}&lhs_vodend_unix_ms_0=${to}`;
    let server = await start();
    publishRamp(server, 'ramp');
    const before = await untilTiles(() => past(server), 3);
    const inMemory = await untilTiles(() => signed(server, '/live/ramp.vtt'), 3);
    expect(Math.abs(sinceMs - inMemory.startMs)).toBeLessThan(120_000);
    await expectRamp(inMemory.cues);
    await server.stop('SIGKILL');
    server = await start();
    const { startMs, cues } = await untilTiles(() => past(server), before.cues.length);
    const timesOf = (vtt: typeof before) => vtt.cues.map(({ startS }) => vtt.startMs + startS * 1000);
    expect(timesOf({ startMs, cues }).slice(0, before.cues.length)).toEqual(timesOf(before));
    await expectRamp(cues);

    const sheet = cues[0]!.url;
    expect((await fetch(sheet)).headers.get('cache-control')).toMatch(/max-age=(3600|86400)/);
    const status = async (url: string) => (await fetch(url)).status;
    expect(await status(sheet.replace(/hw_token=[^&#]*/, 'hw_token=forged'))).toBe(403);
    expect(await status(sheet.replace(/[0-9a-f]{8}\.jpg/, '00000000.jpg'))).toBe(404);
    expect(await status(past(server).replace(/auth_key=[^&]*/, ''))).toBe(403);
    expect(await codeAt(past(server, sinceMs, sinceMs))).toBe('LHS_REVERSED');
    expect(await codeAt(past(server, sinceMs + 600_000, sinceMs + 700_000))).toBe('LHS_IN_FUTURE');
    expect(await codeAt(past(server, sinceMs - 8 * 86_400_000))).toBe('LHS_TOO_FAR_BACK');
    expect(await codeAt(past(server, sinceMs * 1e6))).toBe('LHS_OUT_OF_RANGE');
    expect(await codeAt(`${signed(server, '/live/ramp.vtt')}&lhs_vodend_unix_s_0=5`)).toBe('LHS_CONFLICT');
    await server.setRules({ domains: [{ ...OPEN_DOMAIN, play: OPEN_DOMAIN.play }], streams: [RULE] });
    await until('nobody goes back', async () => (await codeAt(past(server))) === 'NO_TIME_SHIFT');
  });
});
