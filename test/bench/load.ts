import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchServer } from './servers.ts';
import { BIN } from './tools.ts';

const CLIENT_CORE = '1';

type Percentiles = { readonly p50: number; readonly p95: number; readonly max: number };

/** One measured point; what the load client printed. */
export type LoadResult = {
  readonly n: number;
  readonly mbps: number;
  readonly stalls?: number;
  readonly failed?: number;
  readonly errors?: number;
  readonly latency_ms?: Percentiles;
  readonly first_key_ms?: Percentiles;
  readonly segment_ms?: Percentiles;
  readonly server: { readonly cpu_s_per_gb: number; readonly cpu_pct: number; readonly rss_mb: number };
  readonly client: { readonly cpu_pct: number };
};

export type LoadOptions = {
  readonly door: 'flv' | 'rtmp' | 'hls';
  readonly players: number;
  readonly seconds: number;
  readonly clip: string;
};

/** Pushes the clip in a loop, each frame stamped; returns what ends it. */
export function publish(url: string, clip: string, seconds: number): ChildProcess {
  const args = ['-c', CLIENT_CORE, join(BIN, 'rtmppub'), '--file', clip, '--url', url, '-t', String(seconds)];
  return spawn('taskset', args, { stdio: 'ignore' });
}

/** Loads one server with players for some seconds; everything is bounded and ends by itself. */
export async function load(server: BenchServer, { door, players, seconds, clip }: LoadOptions): Promise<LoadResult> {
  const publisher = server.publishUrl ? publish(server.publishUrl, clip, seconds + 60) : undefined;
  try {
    await delay(door === 'hls' ? 9000 : 2600);
    return runClient(server, door, players, seconds);
  } finally {
    publisher?.kill('SIGTERM');
    await delay(1000);
  }
}

export function runClient(
  server: BenchServer,
  door: LoadOptions['door'],
  players: number,
  seconds: number,
): LoadResult {
  const tool = { flv: 'flvload', rtmp: 'rtmpload', hls: 'hlsload' }[door];
  const args = ['-c', CLIENT_CORE, join(BIN, tool), '--url', server.urls[door], '-n', String(players)];
  args.push('-t', String(seconds), '--warmup', '4', '--pid', String(server.pid), '--label', server.name);
  if (door !== 'hls') args.push('--rate', '500');
  const { stdout, stderr } = spawnSync('taskset', args, { encoding: 'utf8', maxBuffer: 1e8 });
  const line = stdout.trim().split('\n').at(-1);
  if (!line?.startsWith('{')) throw new Error(`${server.name}: ${stderr.slice(-500)}`);
  return JSON.parse(line) as LoadResult;
}
