import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrackSet, UnplacedPacket } from '../live/index.ts';
import { likenessOf } from './slate-likeness.ts';
import { playSlate } from './slate-loop.ts';
import { Slates } from './slates.ts';

const run = promisify(execFile);
const video = (codecString: string, more: object = {}): NonNullable<TrackSet['video']> => ({
  ...{ kind: 'video', codec: 'h264', config: new Uint8Array(), codecString, width: 320, height: 180 },
  ...{ frameRate: 30, timescale: 90_000, ...more },
});
const audio = (more: object = {}): NonNullable<TrackSet['audio']> => ({
  ...{ kind: 'audio', codec: 'aac', config: new Uint8Array(), codecString: 'mp4a.40.2' },
  ...{ sampleRate: 48_000, channels: 2, timescale: 48_000, ...more },
});

let folder: string;
let slates: Slates;
const failures: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slates-'));
  const make = (...args: string[]) => run('ffmpeg', ['-v', 'error', ...args]);
  await make('-f', 'lavfi', '-i', 'color=c=red:s=64x64', '-frames:v', '1', join(folder, 'still.png'));
  const sound = ['-f', 'lavfi', '-i', 'sine=duration=1'];
  await make('-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25:d=1', ...sound, '-shortest', join(folder, 'film.mp4'));
  await writeFile(join(folder, 'list.mp4'), '#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n');
  await symlink('/etc/hostname', join(folder, 'away.png'));
  slates = new Slates({
    ...{ ffmpegPath: 'ffmpeg', slatesDir: folder, workDir: join(folder, 'work') },
    onFailure: (_, reason) => failures.push(reason),
  });
});
afterAll(async () => {
  await slates.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a stream gets of it in so long. */
async function played(wish: { file?: string; color: string }, like: TrackSet, ms: number) {
  await slates.prepare(wish, like);
  const loop = slates.find(wish, like);
  if (!loop) throw new Error(failures.at(-1));
  const packets: UnplacedPacket[] = [];
  let tracks: TrackSet = {};
  let nowMs = 1000;
  const timers: (() => void)[] = [];
  const clock = {
    ...{ nowMs: () => nowMs, wallMs: () => nowMs },
    after: (_: number, callback: () => void) => {
      timers.push(callback);
      return () => timers.splice(timers.indexOf(callback), 1);
    },
  };
  const stop = playSlate(
    loop,
    {
      get tracks() {
        return tracks;
      },
      setTracks: (set) => {
        tracks = set;
      },
      ...{ resumeDtsMs: () => 0, break: () => {}, publish: (packet) => packets.push(packet) },
    },
    clock as never,
  );
  for (; nowMs < 1000 + ms; nowMs += 40) timers.shift()?.();
  stop();
  expect(timers).toHaveLength(0);
  return { packets, tracks };
}

describe('Slates', () => {
  it.each([
    ['baseline', 'avc1.42c01e', /^avc1\.42/],
    ['main', 'avc1.4d401f', /^avc1\.4d..1f/],
    ['high', 'avc1.640028', /^avc1\.64..28/],
  ])('are of the stream’s profile and level, size and rate: %s', async (_, codecString, wanted) => {
    const { tracks } = await played({ color: '#102030' }, { video: video(codecString), audio: audio() }, 400);
    expect(tracks.video).toMatchObject({ width: 320, height: 180, frameRate: 30 });
    expect(tracks.video?.codecString).toMatch(wanted);
    expect(tracks.audio).toMatchObject({ codec: 'aac', sampleRate: 48_000, channels: 2 });
  });

  it('go on for ever at the stream’s pace, without a step back', async () => {
    const { packets } = await played({ file: 'still.png', color: '#102030' }, { video: video('avc1.42c01e') }, 20_000);
    const times = packets.map(({ dtsMs }) => dtsMs);
    const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect(Math.max(...steps)).toBeLessThanOrEqual(70);
    expect(times.at(-1)).toBeGreaterThan(19_800);
    expect(times.at(-1)).toBeLessThan(20_200);
  });

  it('have a film’s own sound, and are HEVC, mono or sound alone where the stream is', async () => {
    const film = await played(
      { file: 'film.mp4', color: '#102030' },
      { video: video('avc1.42c01e'), audio: audio() },
      2500,
    );
    const sounds = film.packets.filter(({ kind }) => kind === 'audio').map(({ data }) => data.length);
    expect(Math.max(...sounds)).toBeGreaterThan(100);
    const hevc = {
      video: video('hvc1.1.6.L93.B0', { codec: 'h265' }),
      audio: audio({ channels: 1, sampleRate: 44_100 }),
    };
    const { tracks } = await played({ color: '#102030' }, hevc, 400);
    expect(tracks).toMatchObject({ video: { codec: 'h265', width: 320 }, audio: { channels: 1, sampleRate: 44_100 } });
    const alone = await played({ color: '#102030' }, { audio: audio() }, 20_000);
    expect(alone.tracks.video).toBeUndefined();
    expect(alone.packets.length).toBeGreaterThan(900);
  });

  it.each([
    ['none.png', 'is not in the folder of slates'],
    ['away.png', 'leads out of the folder of slates'],
    ['list.mp4', ''],
  ])('are not made of %s', async (file, reason) => {
    const like = { video: video('avc1.42c01e') };
    failures.length = 0;
    await slates.prepare({ file, color: '#102030' }, like);
    expect(slates.find({ file, color: '#102030' }, like)).toBeUndefined();
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain(reason);
  });

  it('are made anew of a file that changed', async () => {
    const [wish, like] = [{ file: 'change.png', color: '#102030' }, { video: video('avc1.42c01e') }];
    const make = (color: string) =>
      run('ffmpeg', [
        '-v',
        'error',
        '-y',
        '-f',
        'lavfi',
        '-i',
        `color=c=${color}:s=64x64`,
        '-frames:v',
        '1',
        join(folder, wish.file),
      ]);
    await make('red');
    await slates.prepare(wish, like);
    const before = slates.find(wish, like);
    await make('green');
    expect(slates.find(wish, like)).toBeUndefined();
    await slates.prepare(wish, like);
    expect(slates.find(wish, like)?.media).not.toEqual(before?.media);
  });

  it('say why they cannot be', () => {
    expect(likenessOf({ video: video('av01', { codec: 'av1' }) })).toHaveProperty(
      'reason',
      expect.stringContaining('av1'),
    );
    expect(likenessOf({})).toHaveProperty('reason');
  });
});
