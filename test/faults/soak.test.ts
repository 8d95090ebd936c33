import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Archive } from '../../src/archive/index.ts';
import { createLogger } from '../../src/log/index.ts';
import type { MediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import { tempDir } from '../support/index.ts';
import { VirtualEncoder, type VirtualEncoderOptions } from '../support/virtual-encoder.ts';
import { expectLegal, packagerOf, playlistOf } from '../support/virtual-playlists.ts';
import { HlsDoors, Keeping, type Sync, watchFlv } from './soak/doors.ts';
import { heldMegabytes } from './soak/memory.ts';

const HOURS = Number(process.env.SOAK_HOURS ?? (process.env.FAULT_MINUTES === undefined ? 0.5 : 24));
const TOTAL_MS = HOURS * 3_600_000;
/** Of a day: hours 1, 6, 12 and 24. */
const MARKS = [1 / 24, 1 / 4, 1 / 2, 1];
const LOOK_EVERY_MS = 60_000;
const MOST_APART_MS = 40;
const log = createLogger({ level: 'silent' });

let home: Awaited<ReturnType<typeof tempDir>>;
beforeAll(async () => {
  home = await tempDir('soak');
});
afterAll(() => home?.remove());

type Habits = Omit<VirtualEncoderOptions, 'fps' | 'gopFrames'>;

type Soaked = {
  readonly doors: Readonly<Record<string, Sync>>;
  readonly megabytes: readonly number[];
  readonly encoder: VirtualEncoder;
  readonly furthestFromWallMs: number;
  readonly keeping: Keeping;
};

/** Lets the time pass, with a viewer at every door and an archive that keeps a 24th of it. */
async function soak(name: string, habits: Habits): Promise<Soaked> {
  const encoder = new VirtualEncoder({ fps: 15, gopFrames: 30, ...habits });
  const packager = packagerOf(encoder);
  const archive = new Archive({
    folder: `${home.path}/${name}`,
    log,
    nowMs: () => encoder.clock.nowMs(),
    reserveBytes: 0,
  });
  const flv = watchFlv(encoder);
  const hls = new HlsDoors(encoder, packager);
  const keeping = new Keeping({ archive, encoder, packager, keepMs: TOTAL_MS / 24, log });
  let furthestFromWallMs = 0;
  let lastWallMs = 0;
  encoder.onPacket(({ wallMs }) => {
    if (wallMs < lastWallMs) throw new Error(`dated back from ${lastWallMs} to ${wallMs}`);
    lastWallMs = wallMs;
    if (encoder.takenMs < 1000) return;
    furthestFromWallMs = Math.max(furthestFromWallMs, Math.abs(wallMs - encoder.clock.wallMs()));
  });

  const megabytes: number[] = [];
  let before: MediaPlaylist | undefined;
  let lookAtMs = LOOK_EVERY_MS;
  for (let atMs = 0; atMs < TOTAL_MS; atMs = encoder.sendNext()) {
    if (atMs < lookAtMs && atMs < TOTAL_MS - 100) continue;
    lookAtMs = atMs + LOOK_EVERY_MS;
    const playlist = playlistOf(packager);
    expectLegal(playlist, before);
    before = playlist;
    const newest = playlist.segments.at(-1);
    expect(newest?.durationSeconds).toBe(2);
    const number = playlist.mediaSequence + playlist.segments.length - 1;
    hls.look(number);
    await keeping.has(number);
    await keeping.look(number);
    if (atMs >= (MARKS[megabytes.length] ?? 2) * TOTAL_MS - 200) megabytes.push(await heldMegabytes());
  }
  await keeping.close();
  await archive.close();
  const doors = { flv, ts: hls.ts, fmp4: hls.fmp4, parts: hls.parts, archive: keeping.sync };
  return { doors, megabytes, encoder, furthestFromWallMs, keeping };
}

describe(`B11 ${HOURS} hours of a stream in compressed time`, () => {
  it.each<[string, Habits]>([
    [
      'runs 50 ppm fast, over the wrap at 32 bits',
      { clockPpm: 50, jitterMs: 80, startTimestamp: 2 ** 32 - TOTAL_MS / 2 },
    ],
    [
      'counts in 24 bits, with a sound card that runs 100 ppm fast',
      {
        ...{ soundPpm: 100, timestampBits: 24 },
        startTimestamp: 2 ** 24 - Math.min(TOTAL_MS / 2, 2 ** 23),
      },
    ],
  ])(
    'from an encoder whose clock %s: sound and picture stay together at every door, in flat memory',
    async (name, habits) => {
      const { doors, megabytes, encoder, furthestFromWallMs, keeping } = await soak(name.replace(/\W+/g, '-'), habits);
      const apart = Object.entries(doors).map(([door, { mostApartMs, lastApartMs, frames }]) => ({
        ...{
          door,
          frames,
          mostApartMs: Math.round(mostApartMs * 10) / 10,
          lastApartMs: Math.round(lastApartMs * 10) / 10,
        },
      }));
      console.log(JSON.stringify({ hours: HOURS, name, megabytes: megabytes.map(Math.round), apart }));
      for (const { door, frames, mostApartMs } of apart) {
        expect([door, frames > HOURS * 1000]).toEqual([door, true]);
        expect([door, mostApartMs < MOST_APART_MS]).toEqual([door, true]);
      }
      const [first = 0, ...later] = megabytes;
      expect(later).toHaveLength(MARKS.length - 1);
      for (const held of later) expect(held).toBeLessThan(first + 5);
      expect(furthestFromWallMs).toBeLessThanOrEqual(1);
      expect(encoder.counters).toMatchObject({ clockJumps: 0, malformedTags: 0, framesBeforeKeyFrame: 0 });
      expect(encoder.clock.pendingTimers).toBeLessThanOrEqual(1);
      expect(keeping.troubles).toEqual([]);
    },
    120_000 + HOURS * 120_000,
  );
});
