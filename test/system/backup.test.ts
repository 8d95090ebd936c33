import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { CallbackReceiver } from '../support/callback-receiver.ts';
import { HlsViewer } from '../support/hls-viewer.ts';
import { type Child, type Headwater, runToEnd, start, startHeadwater, tempDir, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { cancelDelay } from '../support/record-command.ts';
import { runToBytes } from '../support/run-to-bytes.ts';
import { coloursOf, TimedViewer } from '../support/timed-viewer.ts';

type Source = 'main' | 'backup';
type Sources = { onAir?: string; choice: string; sources: { source: Source; state: string }[] };
type Push = { color?: string; size?: string; sound?: boolean; path?: string; host?: string };

const KEY = 'signing-key-of-the-test';
const TINY = { name: 'tiny', video: { shortSide: 90, bitrateKbps: 80, preset: 'ultrafast' as const } };
const streams: NonNullable<RulesInput['streams']> = [
  { match: { app: 'live' }, publish: { idleSeconds: 30 } },
  {
    match: { app: 'live', stream: 'pair' },
    backup: { wellSeconds: 3 },
    record: { enabled: true, formats: [{ format: 'mp4' }] },
  },
  { match: { app: 'live', stream: 'alone' }, slate: { seconds: 60, color: '#d00000', afterSeconds: 1 } },
  { match: { app: 'live', stream: 'sound' }, slate: { seconds: 60, afterSeconds: 1 } },
  { match: { app: 'live', stream: 'fetched' }, transcode: { templates: ['tiny'], lazy: false } },
  { match: { app: 'live', stream: 'brief' }, slate: { seconds: 2, color: '#d00000', afterSeconds: 0.5 } },
];

let rules: RulesInput;
let home: Awaited<ReturnType<typeof tempDir>>;
let receiver: CallbackReceiver;
let server: Headwater;
const encoders: Child[] = [];

beforeAll(async () => {
  home = await tempDir('backup');
  receiver = await CallbackReceiver.start();
  const signed = { type: 'type_a' as const, key1: KEY };
  rules = {
    domains: [
      { ...OPEN_DOMAIN, ingest: ['main.push.test', 'spare.push.test'], backupIngest: ['spare.push.test'] },
      { name: 'signed.test', push: { auth: signed } },
    ],
    ...{ streams, templates: [TINY] },
    callbacks: [{ id: 'all', url: receiver.url('all'), match: { stream: 'pair' } }],
  };
  server = await startHeadwater({
    rules,
    env: {
      HEADWATER_RECORDINGS_DIR: join(home.path, 'recordings'),
      HEADWATER_LIMITS_ARCHIVE_FREE_BYTES: '0',
    },
  });
}, 180_000);
afterEach(async () => {
  await Promise.all(encoders.splice(0).map((each) => each.stop('SIGKILL')));
});
afterAll(async () => {
  await server?.stop();
  await receiver?.down();
  await home?.remove();
});

/** Pushes one colour and a tone. */
function push(name: string, source: Source, { color, size = '320x180', sound = true, path, host }: Push = {}): Child {
  const url = `${server.rtmp}/${path ?? `live/${name}`}`;
  const asked = source === 'backup' && host === undefined ? `${url}${url.includes('?') ? '&' : '?'}backup=1` : url;
  const encoder = start('ffmpeg', [
    ...['-hide_banner', '-loglevel', 'warning', '-re'],
    ...(color === undefined ? [] : ['-f', 'lavfi', '-i', `color=c=${color}:size=${size}:rate=25`]),
    ...(sound ? ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'] : []),
    ...(color === undefined ? [] : ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', '-pix_fmt', 'yuv420p']),
    ...(sound ? ['-c:a', 'aac', '-b:a', '96k', '-ac', '2'] : []),
    ...(host === undefined ? [] : ['-rtmp_tcurl', `rtmp://${host}/live`]),
    ...['-f', 'flv', asked],
  ]);
  encoders.push(encoder);
  return encoder;
}

async function sourcesOf(name: string): Promise<Sources | undefined> {
  const found = await server.api<{ sources?: Sources }>(`/streams/default/live/${name}`).catch(() => undefined);
  return found?.sources;
}

/** Waits until the source is on air, and for the viewer's first pictures of it. */
async function untilOnAir(name: string, onAir: string, viewer?: TimedViewer): Promise<void> {
  await until(`${onAir} of ${name} is on air`, async () => (await sourcesOf(name))?.onAir === onAir);
  const seen = viewer?.timed.length ?? 0;
  await until('the viewer sees it', () => !viewer || viewer.timed.length > seen + 50);
}

const untilStandby = (name: string) =>
  until(`both push ${name}`, async () => {
    const { sources = [] } = (await sourcesOf(name)) ?? {};
    return sources.length === 2 && sources.every(({ state }) => state !== 'stalled');
  });

const choose = (name: string, source: string) =>
  server.api(`/streams/default/live/${name}/source`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source }),
  });

const untilViewed = (name: string) =>
  until(`${name} plays`, () => TimedViewer.open(`${server.playback}/live/${name}.flv`).catch(() => undefined));

/** The colours of all segments; what follows a discontinuity is decoded by itself. */
async function coloursOfHls(hls: HlsViewer): Promise<string[]> {
  const args = ['-v', 'error', '-i', 'pipe:0', '-an', '-vf', 'scale=1:1,format=rgb24', '-f', 'rawvideo', 'pipe:1'];
  const starts = hls.segments.flatMap(({ isDiscontinuity }, index) => (index === 0 || isDiscontinuity ? [index] : []));
  const pixels = await Promise.all(starts.map((index) => runToBytes('ffmpeg', args, hls.fileFrom(index))));
  return coloursOf(Buffer.concat(pixels));
}

describe('main and backup', () => {
  it('take turns within a second of a stall, by the rule and by hand, on one timeline and in one recording', async () => {
    const main = push('pair', 'main', { color: 'blue' });
    const viewer = await untilViewed('pair');
    const hls = await HlsViewer.open(`${server.playback}/live/pair.m3u8`);
    push('pair', 'backup', { color: 'green' });
    await untilStandby('pair');
    await delay(4000);
    main.process.kill('SIGSTOP');
    await untilOnAir('pair', 'backup', viewer);
    expect(viewer.missingMs('video')).toBeLessThanOrEqual(1000);
    main.process.kill('SIGCONT');
    await untilOnAir('pair', 'main', viewer);
    await choose('pair', 'backup');
    await untilOnAir('pair', 'backup', viewer);
    await expect(choose('pair', 'sideways')).rejects.toThrow(/400/);
    await main.stop('SIGKILL');
    await until('the main source is gone', async () => (await sourcesOf('pair'))?.sources.length === 1);
    await expect(choose('pair', 'main')).rejects.toThrow(/SOURCE_NOT_READY/);

    console.log(`a main encoder that stalls, comes back and dies: ${viewer.missingMs('video')} ms missing at most`);
    expect(viewer.missingMs('video')).toBeLessThanOrEqual(1000);
    expect(Math.min(...viewer.steps('video'))).toBeGreaterThan(0);
    expect(Math.max(...viewer.steps('video'))).toBeLessThanOrEqual(1000);
    expect(Math.min(...viewer.steps('audio'))).toBeGreaterThanOrEqual(0);
    expect(await viewer.colours()).toEqual(['blue', 'green', 'blue', 'green']);
    // Both encoders say the same of their pictures: nothing begins anew.
    // A viewer that came with the first picture is told twice; the sources change nothing of it.
    expect(viewer.headers.length).toBeLessThanOrEqual(2);
    expect(new Set(viewer.headers).size).toBe(1);
    expect(viewer.viewer.isClosed).toBe(false);
    expect(hls.segments.some(({ isDiscontinuity }) => isDiscontinuity)).toBe(false);
    const numbers = hls.segments.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    await Promise.all([viewer.close(), hls.close()]);

    await Promise.all(encoders.splice(0).map((each) => each.stop('SIGINT')));
    await cancelDelay(server, 'pair');
    type Made = { recordings: { object: string; durationSeconds: number }[] };
    const { recordings } = await until('it is recorded', async () => {
      const found = await server.api<Made>('/recordings?app=live&stream=pair');
      return found.recordings.length > 0 && found;
    });
    expect(recordings).toHaveLength(1);
    const file = join(home.path, 'recordings', recordings[0]?.object ?? '');
    const probe = ['-v', 'error', '-show_entries', 'packet=dts_time', '-select_streams', 'v', '-of', 'csv=p=0', file];
    const times = (await runToEnd('ffprobe', probe)).trim().split('\n').map(Number);
    const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.max(...steps)).toBeLessThan(1);
    const args = ['-v', 'error', '-i', file, '-an', '-vf', 'scale=1:1,format=rgb24', '-f', 'rawvideo', 'pipe:1'];
    expect(coloursOf(await runToBytes('ffmpeg', args, new Uint8Array()))).toEqual(['blue', 'green', 'blue', 'green']);

    const told = () => receiver.told('all').map(({ body }) => JSON.parse(body) as { type: string; data: object });
    await until('all is told', () => told().some(({ type }) => type === 'stream_ended'));
    expect(told().filter(({ type }) => /^(publish|source|stream)/.test(type))).toMatchObject([
      { type: 'publish' },
      { type: 'source_joined', data: { source: { source: 'backup' } } },
      { type: 'source_switched', data: { source: { source: 'backup', from: 'main' } } },
      { type: 'source_switched', data: { source: { source: 'main', from: 'backup' } } },
      { type: 'source_switched', data: { source: { source: 'backup', from: 'main' } } },
      { type: 'source_left', data: { source: { source: 'main' } } },
      { type: 'publish_done', data: { cause: 'unpublished' } },
      { type: 'stream_ended' },
    ]);
  });

  it.each([
    ['sound', { sound: true }],
    ['mute', { color: 'blue', sound: false }],
  ] as const)('take turns without the other track: %s', async (name, media) => {
    const kind = name === 'sound' ? 'audio' : 'video';
    const main = push(name, 'main', media);
    const viewer = await untilViewed(name);
    push(name, 'backup', media);
    await untilStandby(name);
    await delay(2000);
    main.process.kill('SIGSTOP');
    await untilOnAir(name, 'backup', viewer);
    expect(viewer.missingMs(kind)).toBeLessThanOrEqual(1000);
    expect(Math.min(...viewer.steps(kind))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...viewer.steps(kind))).toBeLessThanOrEqual(1000);
    await viewer.close();
  });

  it('differ in their parameters: a discontinuity, and the viewer goes on', async () => {
    const main = push('other', 'main', { color: 'blue' });
    const viewer = await untilViewed('other');
    const hls = await HlsViewer.open(`${server.playback}/live/other.m3u8`);
    push('other', 'backup', { color: 'green', size: '640x360' });
    await untilStandby('other');
    await delay(2000);
    await main.stop('SIGKILL');
    await untilOnAir('other', 'backup', viewer);
    await until('a segment of it', () => hls.segments.some(({ isDiscontinuity }) => isDiscontinuity));
    expect(new Set(viewer.headers).size).toBe(2);
    expect(viewer.missingMs('video')).toBeLessThanOrEqual(1000);
    expect(await viewer.colours()).toEqual(['blue', 'green']);
    await Promise.all([viewer.close(), hls.close()]);
  });

  it('are a push and a pull, and renditions follow', async () => {
    push('origin', 'main', { color: 'green' });
    const main = push('fetched', 'main', { color: 'blue' });
    const viewer = await untilViewed('fetched_tiny');
    const match = { domain: 'default', app: 'live', stream: 'fetched' };
    const sources = [{ url: `${server.playback}/live/origin.flv` }];
    await server.setRules({ ...rules, pulls: [{ name: 'spare', as: 'backup', match, sources }] });
    await untilStandby('fetched');
    await delay(2000);
    await main.stop('SIGKILL');
    await untilOnAir('fetched', 'backup', viewer);
    await until('the rendition shows it', async () => (await viewer.colours()).includes('green'));
    expect(await viewer.colours()).toEqual(['blue', 'green']);
    expect(Math.min(...viewer.steps('video'))).toBeGreaterThan(0);
    await viewer.close();
    await server.setRules(rules);
  });

  it('are let in by the same rules', async () => {
    const refused = async (path: string) => {
      const ended = () => server.log().filter(({ message }) => message === 'RTMP connection ended');
      const before = ended().length;
      await push('', 'backup', { color: 'green', path }).exited;
      // Encoders of the test before may end now, too.
      return await until('the log has its end', () =>
        ended()
          .slice(before)
          .find(({ code }) => code !== undefined),
      );
    };
    expect(
      await refused('live/forged?vhost=signed.test&auth_key=1999999999-0-0-0123456789abcdef0123456789abcdef'),
    ).toMatchObject({ reason: 'REFUSED', code: 'SIGNATURE_INVALID' });
    push('twice', 'main', { color: 'blue' });
    push('twice', 'backup', { color: 'green', host: 'spare.push.test' });
    await untilStandby('twice');
    expect(await refused('live/twice')).toMatchObject({ reason: 'REFUSED', code: 'STREAM_BUSY' });
    await server.api('/streams/default/live/twice', { method: 'DELETE' });
    const ended = await Promise.all(encoders.splice(0).map(({ exited }) => exited));
    expect(ended).toHaveLength(4);
  });
});

describe('the slate', () => {
  it('is shown where the only encoder is killed, and its pictures again when it is back', async () => {
    push('alone', 'main', { color: 'blue' });
    const viewer = await untilViewed('alone');
    const hls = await HlsViewer.open(`${server.playback}/live/alone.m3u8`);
    await delay(5000);
    await encoders.splice(0)[0]?.stop('SIGKILL');
    await untilOnAir('alone', 'slate', viewer);
    const listed = () => hls.segments.length;
    const atSlate = listed();
    await until('two segments of it', () => listed() > atSlate + 2);
    push('alone', 'main', { color: 'green' });
    await until('the encoder is back', async () => (await sourcesOf('alone')) === undefined);
    const atReturn = listed();
    await until('two segments of it', () => listed() > atReturn + 2);
    expect(await viewer.colours()).toEqual(['blue', 'red', 'green']);
    expect(viewer.missingMs('video')).toBeLessThanOrEqual(2000);
    expect(Math.min(...viewer.steps('video'))).toBeGreaterThan(0);
    expect(Math.min(...viewer.steps('audio'))).toBeGreaterThanOrEqual(0);
    expect(await coloursOfHls(hls)).toEqual(['blue', 'red', 'green']);
    const numbers = hls.segments.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    await Promise.all([viewer.close(), hls.close()]);
  });

  it('keeps a stream as long as the rule says', async () => {
    push('brief', 'main', { color: 'blue', sound: false });
    const viewer = await untilViewed('brief');
    await delay(3000);
    await encoders.splice(0)[0]?.stop('SIGKILL');
    await viewer.viewer.closed;
    expect(await viewer.colours()).toEqual(['blue', 'red']);
    expect(await sourcesOf('brief')).toBeUndefined();
  });
});
