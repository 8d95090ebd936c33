import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { limitedWorkers } from './limited-workers.ts';
import { type LoadResult, publish, runClient, WARMING_PLAYERS } from './load.ts';
import { type BenchServer, headwater } from './servers.ts';
import type { SuiteOptions } from './suite.ts';
import { ALL_CORES, untilWorkers, workerPids } from './worker-processes.ts';

/** Processor seconds of each process below the server, and its own, by what it is. */
type Cpu = { readonly server: number; readonly workers: number };
type Row = { readonly workers: number; readonly door: 'flv' | 'hls'; readonly result: LoadResult; readonly cpu: Cpu };

const TICKS_A_SECOND = 100;

/** FLV and HLS viewers of a server alone, and of one with one and two playback workers; and workers with little CPU. */
export async function workers(options: SuiteOptions): Promise<void> {
  const { players, seconds, clip, part } = options;
  if (part === 'limited') return limitedWorkers(options);
  const rows: Row[] = [];
  for (const door of ['flv', 'hls'] as const) {
    if (part !== undefined && part !== door) continue;
    for (const count of [0, 1, 2]) {
      const server = await headwater({
        mergeWindowMs: 0,
        cores: ALL_CORES,
        env: { HEADWATER_PLAYBACK_WORKERS: String(count) },
      });
      const publisher = publish(server.publishUrl ?? '', clip, 2 * seconds + 90);
      try {
        await untilWorkers(server, count);
        // A copy lists as much as the server once it has slid.
        await delay(door === 'hls' ? 9000 : 2600);
        runClient(server, door, { players: WARMING_PLAYERS, seconds: door === 'hls' ? 16 : 1, settlingSeconds: 0 });
        const before = cpuOf(server);
        const result = runClient(server, door, { players, seconds });
        const after = cpuOf(server);
        const cpu = { server: after.server - before.server, workers: after.workers - before.workers };
        rows.push({ workers: count, door, result, cpu });
        console.error(`${count} workers ${door}: ${result.mbps.toFixed(0)} Mb/s, ${result.stalls ?? 0} stalls`);
      } finally {
        publisher.kill('SIGTERM');
        await server.stop();
      }
    }
  }
  table(rows);
}

function table(rows: readonly Row[]): void {
  console.log(
    '| door | workers | Mb/s | CPU-s/GB, all | CPU s of the server | CPU s of workers | stalls | gaps | client CPU % |',
  );
  console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|');
  for (const { door, workers: count, result, cpu } of rows) {
    const cells = [
      ...[door, count, result.mbps.toFixed(0), result.server.cpu_s_per_gb.toFixed(3)],
      ...[cpu.server.toFixed(1), cpu.workers.toFixed(1), result.stalls ?? '', result.gaps ?? ''],
      result.client.cpu_pct.toFixed(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function cpuOf(server: BenchServer): Cpu {
  const workers = workerPids(server).reduce((sum, pid) => sum + secondsOf(pid), 0);
  return { server: secondsOf(server.pid), workers };
}

function secondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
