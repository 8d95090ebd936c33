import { setTimeout as delay } from 'node:timers/promises';
import { CpuGroup } from './cpu-share.ts';
import { type LoadResult, publish, runClient } from './load.ts';
import { type BenchServer, headwater } from './servers.ts';
import type { SuiteOptions } from './suite.ts';
import { ALL_CORES, untilWorkers, workerPids } from './worker-processes.ts';

/** Of a core, for each worker: so little that everything else has all that it wants, with two of them, too. */
const SHARE = 0.2;
const TURNS = 2;
/** Numbers of viewers that are tried: each is so much more than the one before. */
const STEP = 1.04;
const FEWEST = 100;
/** Of the stream's bytes that viewers must get, to be called served. */
const SERVED = 0.985;
/** The queue of one who is behind by more has begun to grow. */
const LATE_MS = 500;
const SETTLING_SECONDS = 6;
const TRIES = 2;

type Carried = { readonly workers: number; readonly players: number; readonly result: LoadResult };

/**
 * How many FLV viewers one worker serves, and how many two do, with every frame and in time, each worker with a share of
 * a core by its control group: so neither the machine nor the load client is the limit.
 */
export async function limitedWorkers({ seconds, clip }: SuiteOptions): Promise<void> {
  const all = new CpuGroup('all');
  try {
    all.take(process.pid);
    console.log('| turn | workers | viewers | Mb/s | x one worker | late p95 ms | client CPU % |');
    console.log('|--:|--:|--:|--:|--:|--:|--:|');
    for (let turn = 1; turn <= TURNS; turn++) {
      const one = await carried(1, clip, seconds);
      row(turn, one, one);
      row(turn, await carried(2, clip, seconds), one);
    }
  } finally {
    all.remove();
  }
}

async function carried(workers: number, clip: string, seconds: number): Promise<Carried> {
  const env = { HEADWATER_PLAYBACK_WORKERS: String(workers) };
  const server = await headwater({ mergeWindowMs: 0, cores: ALL_CORES, env });
  const publisher = publish(server.publishUrl ?? '', clip, 600);
  const groups: CpuGroup[] = [];
  try {
    await untilWorkers(server, workers);
    await delay(2600);
    const { mbps } = runClient(server, 'flv', { players: FEWEST, seconds: 4 });
    for (const pid of workerPids(server)) {
      const group = new CpuGroup(`worker-${pid}`, SHARE);
      groups.push(group);
      group.take(pid);
    }
    return { workers, ...(await most(server, seconds, mbps / FEWEST)) };
  } finally {
    publisher.kill('SIGTERM');
    await server.stop();
    for (const group of groups) group.remove();
  }
}

/** The most viewers that are served. */
async function most(server: BenchServer, seconds: number, mbpsEach: number): Promise<Omit<Carried, 'workers'>> {
  let found: Omit<Carried, 'workers'> | undefined;
  let [low, high] = [0, Math.floor(Math.log(40) / Math.log(STEP))];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const players = Math.round(FEWEST * STEP ** middle);
    const result = await served(server, { players, seconds, mbpsEach });
    if (result) {
      found = { players, result };
      low = middle + 1;
    } else high = middle - 1;
  }
  if (!found) throw new Error(`not even ${FEWEST} viewers were served`);
  return found;
}

type Tried = { readonly players: number; readonly seconds: number; readonly mbpsEach: number };

/** What the client saw, where it saw nothing wrong in one of its tries. */
async function served(server: BenchServer, { players, seconds, mbpsEach }: Tried): Promise<LoadResult | undefined> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const result = runClient(server, 'flv', { players, seconds, settlingSeconds: SETTLING_SECONDS });
    const lateMs = result.latency_ms?.p95 ?? Number.POSITIVE_INFINITY;
    const { mbps, stalls = 0, gaps = 0 } = result;
    const isServed = mbps >= SERVED * mbpsEach * players && stalls === 0 && gaps === 0 && lateMs < LATE_MS;
    const seen = `${mbps.toFixed(0)} Mb/s, ${stalls} stalls, ${gaps} gaps, ${lateMs.toFixed(0)} ms late`;
    console.error(`${players} viewers: ${seen}${isServed ? '' : ', too many'}`);
    await delay(1000);
    if (isServed) return result;
  }
  return undefined;
}

function row(turn: number, { workers, players, result }: Carried, one: Carried): void {
  const cells = [
    ...[turn, workers, players, result.mbps.toFixed(0), (result.mbps / one.result.mbps).toFixed(2)],
    ...[result.latency_ms?.p95.toFixed(0) ?? '', result.client.cpu_pct.toFixed(0)],
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
