import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchServer } from './servers.ts';

/** Where the server and its workers may run: all cores, as an operator has it. */
export const ALL_CORES = '0-63';

/** Until so many playback workers take viewers. */
export async function untilWorkers(server: BenchServer, count: number): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const text = await (await fetch(`${server.control}/metrics`)).text();
    if ((text.match(/^headwater_playback_worker_up\{.*\} 1$/gm)?.length ?? 0) === count) return;
    await delay(100);
  }
  throw new Error(`the server has no ${count} workers after a minute`);
}

/** The playback workers of a server. */
export function workerPids({ pid }: BenchServer): number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const children = threads.flatMap((id) => textOf(`/proc/${pid}/task/${id}/children`).split(' '));
  const pids = children.filter((id) => id !== '').map(Number);
  return pids.filter((child) => textOf(`/proc/${child}/cmdline`).includes('playback-worker'));
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8');
}
