import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headwater } from '../servers.ts';
import type { SuiteOptions } from '../suite.ts';
import { makeArchive } from './made-archive.ts';
import { Viewer } from './playlist-viewer.ts';
import { STREAM } from './shifted-server.ts';
import { median, row } from './table.ts';

const SEGMENTS = 100_000;
const STARTS = 3;
const HOUR_MS = 3_600_000;

/** How long a server takes to be ready, with 100 000 segments in its archive and with none. */
export async function startup({ clip }: SuiteOptions): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'headwater-bench-'));
  const folders = { with: join(home, 'full'), without: join(home, 'empty') };
  const place = { folder: folders.with, id: STREAM, clip, endMs: Date.now() - HOUR_MS };
  await makeArchive({ ...place, segments: SEGMENTS, lastNumber: SEGMENTS });
  const readyMs: Record<keyof typeof folders, number[]> = { with: [], without: [] };
  const firstMs: number[] = [];
  const residentMb: number[] = [];
  try {
    await (await started(home, folders.without)).server.stop();
    for (let i = 0; i < STARTS; i++) {
      for (const name of ['without', 'with'] as const) {
        const { server, ms } = await started(home, folders[name]);
        readyMs[name].push(ms);
        if (name === 'with') {
          const viewer = new Viewer(server.urls.hls);
          const answers = await viewer.play('?lhs_offset_unix_s_0=100000');
          firstMs.push(answers.reduce((sum, answer) => sum + answer.ms, 0));
          residentMb.push(residentMbOf(server.pid));
          viewer.close();
        }
        await server.stop();
      }
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
  row('ready after a start, an empty archive', '', `${median(readyMs.without).toFixed(0)} ms`);
  row(`ready after a start, ${SEGMENTS} segments`, '5000 ms', `${median(readyMs.with).toFixed(0)} ms`);
  row('the first playlist of a day ago then, multivariant and media', '', `${median(firstMs).toFixed(0)} ms`);
  row('resident memory then', '', `${median(residentMb).toFixed(0)} MB`);
}

async function started(home: string, archive: string) {
  const streams = [{ match: { app: STREAM.app }, timeShift: { enabled: true, days: 7 } }];
  const startedMs = performance.now();
  const env = { HEADWATER_ARCHIVE_DIR: archive };
  const server = await headwater({ mergeWindowMs: 0, streams, home, env });
  return { server, ms: performance.now() - startedMs };
}

function residentMbOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
