import { setTimeout as delay } from 'node:timers/promises';
import { startSystemPostgres } from '../../system/store/helpers.ts';
import { publish } from '../load.ts';
import type { BenchServer } from '../servers.ts';
import type { SuiteOptions } from '../suite.ts';
import { type Join, joinFlv, joinHls } from './join.ts';
import { startNodes } from './nodes.ts';

const DOORS = { flv: joinFlv, hls: joinHls } as const;
const JOINS = 24;
/** Joined before all others, so that nothing of the edge runs for the first time. */
const WARMING = 4;
const STREAMS = 2 * (JOINS + WARMING);
const BAR_MS = 150;

/**
 * How long a viewer waits for the first byte of a picture: the first one of a stream on an edge, for whom it must be
 * fetched, and one who comes while that one is there.
 */
export async function joins({ lightClip }: SuiteOptions): Promise<void> {
  const database = await startSystemPostgres();
  const { nodes, stop } = await startNodes(['origin', 'edge'], { databaseUrl: database.url });
  const [origin, edge] = nodes as [BenchServer, BenchServer];
  const publisher = publish(origin.publishUrl ?? '', lightClip, 600, STREAMS);
  try {
    await delay(8000);
    console.log('| first byte of a picture | joins | cold p50 / p95 ms | warm p50 / p95 ms |');
    console.log('|---|--:|--:|--:|');
    for (const [index, door] of (['flv', 'hls'] as const).entries()) {
      const cold: number[] = [];
      const warm: number[] = [];
      for (let at = 0; at < WARMING + JOINS; at++) {
        const url = edge.urls[door].replace('/test.', `/test${index * (WARMING + JOINS) + at}.`);
        const ms = await coldAndWarm(DOORS[door], url).catch((error: Error) => console.error(error.message));
        if (at < WARMING || !ms) continue;
        cold.push(ms[0]);
        warm.push(ms[1]);
      }
      console.log(`| ${door} | ${cold.length} | ${written(cold)} | ${written(warm)} |`);
      const beyond = quantile(cold, 0.95) - quantile(warm, 0.95);
      console.log(`\nCold is ${beyond.toFixed(0)} ms beyond warm at p95 (${door}; the bar is ${BAR_MS} ms).\n`);
    }
  } finally {
    publisher.kill('SIGTERM');
    await stop();
    database.remove();
  }
}

async function coldAndWarm(join: Join, url: string): Promise<[number, number]> {
  const first = await join(url);
  // As one who comes a moment later, not with the same packet.
  await delay(150 + Math.random() * 200);
  const second = await join(url);
  for (const { leave } of [first, second]) leave();
  return [first.ms, second.ms];
}

function written(values: readonly number[]): string {
  return `${quantile(values, 0.5).toFixed(0)} / ${quantile(values, 0.95).toFixed(0)}`;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
}
