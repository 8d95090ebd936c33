import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { CallbackReceiver } from '../support/callback-receiver.ts';
import {
  type Headwater,
  runToEnd,
  start,
  startHeadwater,
  tempDir,
  testPictureArgs,
  until,
  untilLive,
} from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { cancelDelay, recordCommand } from '../support/record-command.ts';

const object = '{AppName}/{StreamName}/{Sequence}_{EscapedStartTime}_{EscapedEndTime}';
const sliceObject = '{AppName}/{StreamName}/{UnixTimestamp}_{Sequence}';
const FORMATS = [
  { format: 'mp4', object },
  { format: 'flv', object },
  { format: 'm3u8', object: `ts/${object}`, sliceObject: `ts/${sliceObject}`, sliceSeconds: 5 },
  { format: 'cmaf', object: `cmaf/${object}`, sliceObject: `cmaf/${sliceObject}`, sliceSeconds: 5 },
] as const;
const FIRST_SECONDS = 4;
const PICTURE = { size: '320x180', fps: 30, gop: 30, bFrames: 2 };

type Shown = {
  readonly id: string;
  readonly format: string;
  readonly object: string;
  readonly stream: string;
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly sizeBytes: number;
  readonly url: string;
};

let home: Awaited<ReturnType<typeof tempDir>>;
let receiver: CallbackReceiver;
let server: Headwater;
let first: string;
let second: string;
/** What comes of each stream that is pushed, in the order of the files. */
let broken: Promise<Shown[]>;
let late: Promise<Shown[]>;

beforeAll(async () => {
  home = await tempDir('recording');
  receiver = await CallbackReceiver.start();
  const record = { enabled: true, delaySeconds: 15, notifyStatus: true, formats: [...FORMATS] };
  const rules: RulesInput = {
    domains: [OPEN_DOMAIN],
    streams: [
      { match: { app: 'live' }, record, publish: { waitSeconds: 1 } },
      { match: { app: 'live', stream: 'manual' }, record: { onDemand: 'manual', formats: [FORMATS[0]] } },
    ],
    callbacks: [
      { id: 'apsara', match: {}, url: receiver.url('apsara'), form: 'apsara', key: 'secret-of-callbacks' },
      { id: 'json', match: {}, url: receiver.url('json'), form: 'json', key: 'secret-of-callbacks' },
    ],
  };
  rules.callbacks = rules.callbacks?.map((each) => ({
    ...each,
    events: ['publish', 'publish_done', 'record_started', 'record_paused', 'record_resumed', 'record_file'],
  }));
  const starting = startHeadwater({ rules, env: { HEADWATER_RECORDINGS_DIR: home.path } });
  [server, first, second] = await Promise.all([
    starting,
    encoded('first', FIRST_SECONDS),
    encoded('second', 3, { size: '256x144' }),
  ]);
  // The delays of both pass at the same time.
  broken = pushBroken();
  late = pushLate();
  for (const pushing of [broken, late]) pushing.catch(() => undefined);
});
afterAll(async () => {
  await server?.stop();
  await receiver?.down();
  await home?.remove();
});

/** An encoded file to push, and what is in it. */
async function encoded(name: string, seconds: number, changed: Partial<typeof PICTURE> = {}): Promise<string> {
  const file = join(home.path, `${name}.flv`);
  const args = testPictureArgs({ ...PICTURE, ...changed, seconds }).filter((arg) => arg !== '-re');
  await runToEnd('ffmpeg', [...args, '-f', 'flv', '-y', file], 60_000);
  return file;
}

async function push(file: string, name: string, query = ''): Promise<void> {
  const url = `${server.rtmp}/live/${name}${query}`;
  await runToEnd('ffmpeg', ['-v', 'error', '-re', '-i', file, '-c', 'copy', '-f', 'flv', url], 60_000);
}

/** Hashes of the coded pictures, or of the coded sound, in their order. */
async function packetHashes(file: string, stream: 'v' | 'a', bitstreamFilter?: string): Promise<string[]> {
  const filter = bitstreamFilter ? ['-bsf', bitstreamFilter] : [];
  const args = ['-v', 'error', '-i', file, '-map', `0:${stream}`, '-c', 'copy', ...filter, '-f', 'framemd5', '-'];
  return hashesIn(await runToEnd('ffmpeg', args, 60_000));
}

/** The sixth column: side data comes after it. */
function hashesIn(framemd5: string): string[] {
  return framemd5.split('\n').flatMap((line) => (line.startsWith('0,') ? [line.split(',')[5]?.trim() ?? ''] : []));
}

/** Hashes of the decoded pictures. */
async function pictureHashes(file: string): Promise<string[]> {
  const args = ['-v', 'error', '-i', file, '-map', '0:v', '-f', 'framemd5', '-'];
  return hashesIn(await runToEnd('ffmpeg', args, 60_000));
}

/** FFmpeg 5.1 does not take up another EXT-X-MAP: what lies between two discontinuities is a file of its own. */
async function cmafRuns(playlist: string): Promise<string[]> {
  const { segments } = parseMediaPlaylist(await readFile(playlist, 'utf8'));
  const runs: string[][] = [];
  for (const { uri, map, isDiscontinuity } of segments) {
    if (runs.length === 0 || isDiscontinuity) runs.push([map?.uri ?? '']);
    runs.at(-1)?.push(uri);
  }
  return Promise.all(
    runs.map(async (names, index) => {
      const file = join(home.path, `run-${index}.mp4`);
      const pieces = await Promise.all(names.map((name) => readFile(join(dirname(playlist), name))));
      await writeFile(file, Buffer.concat(pieces));
      return file;
    }),
  );
}

async function pushBroken(): Promise<Shown[]> {
  await push(first, 'broken', '?callback_id=7&callback_id=8&other=1');
  await push(second, 'broken', '?callback_id=7');
  return untilRecorded('broken', FORMATS.length);
}

async function pushLate(): Promise<Shown[]> {
  await push(second, 'late');
  await untilRecorded('late', FORMATS.length);
  await push(second, 'late');
  await cancelDelay(server, 'late');
  return untilRecorded('late', 2 * FORMATS.length);
}

async function recordingsOf(stream: string): Promise<Shown[]> {
  return (await server.api<{ recordings: Shown[] }>(`/recordings?app=live&stream=${stream}`)).recordings;
}

const untilRecorded = (stream: string, count: number) =>
  until(
    `${count} recordings of ${stream}`,
    async () => {
      const found = await recordingsOf(stream);
      return found.length >= count ? found : undefined;
    },
    90_000,
  );

const fileOf = ({ object: name }: Shown) => join(home.path, name);

describe('a publish with a short break', () => {
  let recordings: Shown[];
  beforeAll(async () => {
    recordings = await broken;
  });

  it.each(FORMATS.map(({ format }) => format))('is one %s, frame by frame what was pushed', async (format) => {
    const mine = recordings.filter((each) => each.format === format);
    expect(mine).toHaveLength(1);
    const files = format === 'cmaf' ? await cmafRuns(fileOf(mine[0]!)) : [fileOf(mine[0]!)];
    const all = async (hashes: (file: string) => Promise<string[]>, of: readonly string[]) =>
      (await Promise.all(of.map(hashes))).flat();
    const recorded = await all(pictureHashes, files);
    const pushed = await all(pictureHashes, [first, second]);
    expect(recorded).toHaveLength(pushed.length);
    // Within one file FFmpeg scales the second size to the first: those pictures are counted.
    const compared = format === 'cmaf' ? pushed.length : FIRST_SECONDS * PICTURE.fps;
    expect(recorded.slice(0, compared)).toEqual(pushed.slice(0, compared));
    const filter = format === 'm3u8' ? 'aac_adtstoasc' : undefined;
    const sound = (file: string) => packetHashes(file, 'a', filter);
    expect(await all(sound, files)).toEqual(await all((file) => packetHashes(file, 'a'), [first, second]));
    expect(mine[0]?.sizeBytes).toBeGreaterThan(150_000);
    expect(mine[0]?.durationSeconds).toBeGreaterThan(6.9);
    expect(mine[0]?.durationSeconds).toBeLessThan(7.2);
  });

  it('can be downloaded, whole and in part, and by nobody who is not logged in', async () => {
    const mp4 = recordings.find(({ format }) => format === 'mp4')!;
    const bytes = await readFile(fileOf(mp4));
    const url = `http://127.0.0.1:${server.controlPort}${mp4.url}`;
    expect((await fetch(url)).status).toBe(401);
    const login = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password: server.secrets.adminPassword }),
    });
    const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const whole = await fetch(url, { headers: { cookie } });
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    const part = await fetch(url, { headers: { cookie, range: 'bytes=100-199' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-199/${bytes.length}`]);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200))).toBe(true);
    const beyond = await fetch(url, { headers: { cookie, range: `bytes=${bytes.length}-` } });
    expect(beyond.status).toBe(416);
    const none = await fetch(url.replace(/[^/]+$/, 'other.mp4'), { headers: { cookie } });
    expect(none.status).toBe(404);
  });

  it('was told of, in both forms and in order', async () => {
    const told = (path: string) =>
      until(`all ${path} callbacks`, () => {
        const all = receiver.told(path).filter(({ body, rawQuery }) => `${body}${rawQuery}`.includes('broken'));
        return all.length >= 11 ? all : undefined;
      });
    const apsara = (await told('apsara')).map(({ method, query, body }) =>
      method === 'GET' ? query.get('action') : (JSON.parse(body).event ?? JSON.parse(body).uri.split('.').at(-1)),
    );
    expect(apsara.slice(0, 7)).toEqual([
      ...['publish', 'record_started', 'publish_done', 'record_paused'],
      ...['publish', 'record_resumed', 'publish_done'],
    ]);
    expect(apsara.slice(7).sort()).toEqual(['flv', 'm3u8', 'm3u8', 'mp4', 'record_paused'].sort());
    const file = receiver.told('apsara').find(({ body }) => body.includes('.mp4') && body.includes('broken'))!;
    const mp4 = recordings.find(({ format }) => format === 'mp4')!;
    expect(JSON.parse(file.body)).toEqual({
      domain: 'default',
      app: 'live',
      stream: 'broken',
      uri: mp4.object,
      duration: mp4.durationSeconds,
      start_time: Math.floor(Date.parse(mp4.startedAt) / 1000),
      stop_time: expect.any(Number),
      push_args: { callback_id: '7' },
    });
    expect(file.headers['ali-live-signature']).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('a publish that comes back after the delay', () => {
  it('is another file', async () => {
    const found = await late;
    const mp4s = found.filter(({ format }) => format === 'mp4');
    expect(new Set(mp4s.map(({ object: name }) => name)).size).toBe(2);
    for (const mp4 of mp4s) expect(await pictureHashes(fileOf(mp4))).toEqual(await pictureHashes(second));
    await server.api(`/recordings/default/live/late/${mp4s[0]!.id}`, { method: 'DELETE' });
    expect((await recordingsOf('late')).map(({ id }) => id)).not.toContain(mp4s[0]!.id);
    expect(await readdir(join(home.path, 'live/late'))).not.toContain(mp4s[0]!.object.split('/').at(-1));
  });
});

describe('a recording by hand', () => {
  type Streams = { streams: { name: string; state: string; isRecording: boolean }[] };
  const command = (name: Parameters<typeof recordCommand>[2]) => recordCommand(server, 'manual', name);
  const shown = async () => (await server.api<Streams>('/streams')).streams.find(({ name }) => name === 'manual');
  const untilGone = () => until('its publisher is gone', async () => (await shown())?.state !== 'publishing');

  it('begins and ends with commands', async () => {
    await expect(command('start')).rejects.toThrow('STREAM_NOT_LIVE');
    const publisher = start('ffmpeg', [
      ...testPictureArgs({ ...PICTURE, seconds: 60 }),
      ...['-f', 'flv', `${server.rtmp}/live/manual`],
    ]);
    await untilLive(server, 'live/manual', publisher);
    await expect(command('stop')).rejects.toThrow('TASK_NOT_STARTED');
    await command('start');
    await expect(command('start')).rejects.toThrow('TASK_ALREADY_STARTED');
    await until('it is recorded', async () => (await shown())?.isRecording);
    await command('stop');
    await command('cancel_delay');
    const [recording] = await untilRecorded('manual', 1);
    expect(recording?.durationSeconds).toBeGreaterThan(0.9);
    await publisher.stop();
    await untilGone();
    await rm(fileOf(recording!));
  });

  it('B44 commands that race have one answer each, in some order, and leave whole files', async () => {
    const list = async () =>
      (await server.api<{ recordings: Shown[] }>('/recordings?app=live&stream=manual')).recordings;
    const before = (await list()).map(({ id }) => id);
    const publisher = start('ffmpeg', [
      ...testPictureArgs({ ...PICTURE, seconds: 60 }),
      ...['-f', 'flv', `${server.rtmp}/live/manual`],
    ]);
    await untilLive(server, 'live/manual', publisher);
    const names = Array.from({ length: 60 }, (_, index) =>
      index % 3 === 0 ? 'start' : index % 3 === 1 ? 'restart' : 'stop',
    );
    const answers = await Promise.all(
      names.map(async (name) => {
        const refused = await command(name as 'start').catch((error: Error) => error);
        return { name, code: refused ? (/TASK_\w+/.exec(refused.message)?.[0] ?? refused.message) : 'done' };
      }),
    );
    expect(answers.filter(({ code }) => code !== 'done' && !code.startsWith('TASK_'))).toEqual([]);
    const done = (wanted: string) => answers.filter(({ name, code }) => name === wanted && code === 'done').length;
    // It was stopped before, so that each stop that was done follows a start that was.
    const open = done('start') - done('stop');
    expect([0, 1]).toContain(open);
    if (open === 1) await command('stop');
    await expect(command('stop')).rejects.toThrow('TASK_NOT_STARTED');
    await command('start');
    await until('it is recorded', async () => (await shown())?.isRecording);
    await command('stop');
    await publisher.stop();
    await cancelDelay(server, 'manual').catch(() => undefined);
    const made = await until('it has files', async () => {
      const found = (await list()).filter(({ id }) => !before.includes(id));
      return found.length > 0 && found;
    });
    for (const recording of made) {
      const args = ['-v', 'error', '-xerror', '-i', fileOf(recording), '-f', 'null', '-'];
      expect(await runToEnd('ffmpeg', args)).toBe('');
    }
    console.log(
      `60 commands at once: ${done('start')} starts, ${done('restart')} restarts, ${done('stop')} stops done`,
    );
  });
});
