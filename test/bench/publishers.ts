import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type LoadResult, publish, runClient } from './load.ts';
import { headwater } from './servers.ts';
import type { SuiteOptions } from './suite.ts';

const PUBLISHERS = 500;
const WATCHED = 10;

/** 500 publishers of 1 Mb/s on one core, with one viewer each on ten of them. */
export async function publishers({ seconds, lightClip }: SuiteOptions): Promise<void> {
  const server = await headwater({ mergeWindowMs: 0 });
  const base = server.publishUrl?.replace(/test$/, '') ?? '';
  const running = publish(`${base}s`, lightClip, seconds + 120, PUBLISHERS);
  try {
    await delay(PUBLISHERS * 20 + 5000);
    const before = cpuSeconds(server.pid);
    const startedMs = performance.now();
    const results: LoadResult[] = [];
    for (let i = 0; i < WATCHED; i++) {
      const urls = { ...server.urls, flv: server.urls.flv.replace('test.flv', `s${i * 50}.flv`) };
      results.push(runClient({ ...server, urls }, 'flv', { players: 1, seconds: 3 }));
    }
    const cpu = (100_000 * (cpuSeconds(server.pid) - before)) / (performance.now() - startedMs);
    const worst = Math.max(...results.map((result) => result.latency_ms?.p95 ?? Number.NaN));
    const sum = (pick: (result: LoadResult) => number | undefined) =>
      results.reduce((total, result) => total + (pick(result) ?? 0), 0);
    const cells = [
      PUBLISHERS,
      '1.0',
      cpu.toFixed(0),
      worst.toFixed(1),
      sum(({ latency_ms }) => latency_ms?.n),
      sum(({ gaps }) => gaps),
      sum(({ failed = 0, stalls = 0 }) => failed + stalls),
    ];
    console.log(
      '| publishers | Mb/s each | server CPU % of a core | latency p95 ms, worst of ten viewers | frames | missing | failed or stalled |',
    );
    console.log('|--:|--:|--:|--:|--:|--:|--:|');
    console.log(`| ${cells.join(' | ')} |`);
  } finally {
    running.kill('SIGTERM');
    await server.stop();
  }
}

/** CPU time of a process so far, by the clock ticks of /proc. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
