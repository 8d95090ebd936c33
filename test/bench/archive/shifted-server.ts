import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { streamKey } from '../../../src/live/index.ts';
import { publish } from '../load.ts';
import { type BenchServer, headwater } from '../servers.ts';
import { makeArchive } from './made-archive.ts';

/** The stream that servers of the benchmark are pushed. */
export const STREAM = { domain: 'default', app: 'live', name: 'test' } as const;
export const DAY_SEGMENTS = 43_200;

const LAST_ARCHIVED = 1_000_000_001;
/** Until players may begin with the live stream. */
const STARTING_MS = 9000;

export type ShiftedOptions = {
  readonly clip: string;
  /** How much of the past the live playlist has. */
  readonly nearSeconds: number;
  readonly files?: number;
  /** How long it is pushed. */
  readonly seconds: number;
};

/** A server with a day of a stream in its archive that is live again, as if it had been all the time. */
export async function shiftedServer({ clip, nearSeconds, files = 1, seconds }: ShiftedOptions): Promise<BenchServer> {
  const home = await mkdtemp(join(tmpdir(), 'headwater-bench-'));
  const archive = { folder: join(home, 'recordings/.archive'), id: STREAM, clip, files };
  await makeArchive({ ...archive, segments: DAY_SEGMENTS, endMs: Date.now(), lastNumber: LAST_ARCHIVED });
  await writeMark(home);
  const streams = [{ match: { app: STREAM.app }, timeShift: { enabled: true, days: 2, nearSeconds } }];
  const server = await headwater({ mergeWindowMs: 0, streams, home });
  const publisher = publish(server.publishUrl ?? '', clip, seconds + 60);
  await delay(STARTING_MS);
  return {
    ...server,
    async stop() {
      publisher.kill('SIGTERM');
      await server.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Lets the live stream go on with the number behind the last one that is archived. */
async function writeMark(home: string): Promise<void> {
  const mark = { value: LAST_ARCHIVED - 1, usedAtMs: Date.now() };
  const content = { version: 1, marks: { [streamKey(STREAM)]: mark } };
  await mkdir(join(home, 'data'), { recursive: true, mode: 0o700 });
  await writeFile(join(home, 'data/high-water-marks.json'), JSON.stringify(content));
}
