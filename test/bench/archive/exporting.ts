import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Archive } from '../../../src/archive/index.ts';
import { createLogger } from '../../../src/log/index.ts';
import { archiveSource, exportMp4, writeExport } from '../../../src/record/index.ts';
import type { SuiteOptions } from '../suite.ts';
import { makeArchive } from './made-archive.ts';
import { STREAM } from './shifted-server.ts';
import { median, row } from './table.ts';

/** 24 minutes, about 480 MB, none of them twice on the disk. */
const SEGMENTS = 720;
const FILES = 24;
const TIMES = 3;

/** An MP4 made of archived segments beside `cp` of the same bytes, each until they are on the disk. */
export async function exporting({ clip }: SuiteOptions): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'headwater-bench-'));
  const folder = join(home, 'archive');
  const [file, copy] = [join(home, 'recording.mp4'), join(home, 'copy.mp4')];
  try {
    const place = { folder, id: STREAM, clip, files: FILES, endMs: Date.now() };
    await makeArchive({ ...place, segments: SEGMENTS, lastNumber: SEGMENTS });
    const log = createLogger({ level: 'silent' });
    const archive = new Archive({ folder, log, nowMs: () => performance.now(), reserveBytes: 0 });
    const segments = await archive.between(STREAM, 0, Number.MAX_SAFE_INTEGER);
    const source = archiveSource(archive, STREAM);
    const [copyMs, exportMs, cpuMs]: number[][] = [[], [], []];
    execFileSync('sync');
    for (let i = 0; i < TIMES; i++) {
      await rm(file, { force: true });
      const before = process.cpuUsage();
      exportMs?.push(await timed(() => writeExport(file, exportMp4, { segments, source })));
      const { user, system } = process.cpuUsage(before);
      cpuMs?.push((user + system) / 1000);
      await rm(copy, { force: true });
      copyMs?.push(
        await timed(() => execFileSync('sh', ['-c', 'cp --reflink=never "$0" "$1" && sync "$1"', file, copy])),
      );
    }
    report((await stat(file)).size, { copyMs: copyMs ?? [], exportMs: exportMs ?? [], cpuMs: cpuMs ?? [] });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function timed(work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

type Times = Readonly<Record<'copyMs' | 'exportMs' | 'cpuMs', readonly number[]>>;

function report(sizeBytes: number, { copyMs, exportMs, cpuMs }: Times): void {
  const speed = (ms: readonly number[]) => `${(sizeBytes / 1000 / median(ms)).toFixed(0)} MB/s`;
  row(`\`cp\` and \`sync\` of ${(sizeBytes / 1e6).toFixed(0)} MB`, '', speed(copyMs));
  row('export of them to MP4', 'as fast', speed(exportMs));
  row('export, x the time of cp', '1.0', (median(exportMs) / median(copyMs)).toFixed(2));
  row('CPU of the export, s', '', (median(cpuMs) / 1000).toFixed(2));
}
