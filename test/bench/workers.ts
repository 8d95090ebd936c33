import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type LoadResult, publish, runClient, WARMING_PLAYERS } from './load.ts';
import { type BenchServer, headwater } from './servers.ts';
import type { SuiteOptions } from './suite.ts';

/** Processor seconds of each process below the server, and its own, by what it is. */
type Cpu = { readonly server: number; readonly workers: number };
type Row = { readonly workers: number; readonly door: 'flv' | 'hls'; readonly result: LoadResult; readonly cpu: Cpu };

const TICKS_A_SECOND = 100;
/** Where the server and its workers may run: all cores, as an operator has it. */
const ALL_CORES = '0-63';

/** FLV and HLS viewers of a server alone, and of one with one and two playback workers. */
export async function workers({ players, seconds, clip, part }: SuiteOptions): Promise<void> {
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
        await workersOf(server, count);
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

async function workersOf(server: BenchServer, count: number): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const text = await (await fetch(`${server.control}/metrics`)).text();
    if ((text.match(/^headwater_playback_worker_up\{.*\} 1$/gm)?.length ?? 0) === count) return;
    await delay(100);
  }
  throw new Error(`the server has no ${count} workers after a minute`);
}

function cpuOf({ pid }: BenchServer): Cpu {
  const workers = childrenOf(pid).filter((child) => textOf(`/proc/${child}/cmdline`).includes('playback-worker'));
  return { server: secondsOf(pid), workers: workers.reduce((sum, child) => sum + secondsOf(child), 0) };
}

function childrenOf(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ids = threads.flatMap((id) => textOf(`/proc/${pid}/task/${id}/children`).split(' '));
  return ids.filter((id) => id !== '').map(Number);
}

function secondsOf(pid: number): number {
  const fields = textOf(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8');
}
