import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { type BenchServer, type Elsewhere, placed } from './servers.ts';
import { BIN } from './tools.ts';

const CLIENT_CORE = '1';
/** Come and go before the measured ones: what counts is a server that has been up for a while. */
export const WARMING_PLAYERS = 200;

type Percentiles = { readonly n: number; readonly p50: number; readonly p95: number; readonly max: number };

/** One measured point; what the load client printed. */
export type LoadResult = {
  readonly n: number;
  readonly mbps: number;
  readonly stalls?: number;
  /** Where a frame is missing in what sampled players received; for clips of 30 frames a second. */
  readonly gaps?: number;
  readonly failed?: number;
  readonly errors?: number;
  readonly latency_ms?: Percentiles;
  readonly first_key_ms?: Percentiles;
  readonly segment_ms?: Percentiles;
  readonly playlist_ms?: Percentiles;
  readonly server: { readonly cpu_s_per_gb: number; readonly cpu_pct: number; readonly pss_mb: number };
  readonly client: { readonly cpu_pct: number };
};

/** A measured point, and what the players took of the server's memory. */
export type Loaded = LoadResult & { readonly kibPerPlayer: number };

export type LoadOptions = {
  readonly door: 'flv' | 'rtmp' | 'hls';
  readonly players: number;
  readonly seconds: number;
  readonly clip: string;
};

/** Pushes the clip in a loop, each frame stamped, to that URL or `count` ones from `url`0 on; returns what ends it. */
export function publish(url: string, clip: string, seconds: number, count = 1, where?: Elsewhere): ChildProcess {
  const args = ['--file', clip, '--url', url, '-t', String(seconds), '-n', String(count)];
  return spawn(...placed(CLIENT_CORE, join(BIN, 'rtmppub'), args, where), { stdio: 'ignore' });
}

/** Loads one server with players for some seconds; everything is bounded and ends by itself. */
export async function load(server: BenchServer, { door, players, seconds, clip }: LoadOptions): Promise<Loaded> {
  const publisher = server.publishUrl ? publish(server.publishUrl, clip, seconds + 60) : undefined;
  try {
    await delay(door === 'hls' ? 9000 : 2600);
    if (door !== 'hls') runClient(server, door, { players: WARMING_PLAYERS, seconds: 1, settlingSeconds: 0 });
    const beforeMb = proportionalMb(server.pid);
    const result = runClient(server, door, { players, seconds });
    return { ...result, kibPerPlayer: ((result.server.pss_mb - beforeMb) * 1024) / players };
  } finally {
    publisher?.kill('SIGTERM');
    await delay(1000);
  }
}

export type ClientOptions = {
  readonly players: number;
  readonly seconds: number;
  /** Between the last player's start and the measured seconds. */
  readonly settlingSeconds?: number;
  /** HLS viewers are so many seconds behind, each at another moment between the two. */
  readonly lagSeconds?: readonly [from: number, to: number];
};

export function runClient(server: BenchServer, door: LoadOptions['door'], options: ClientOptions): LoadResult {
  const { stdout, stderr } = spawnSync(...client(server, door, options), { encoding: 'utf8', maxBuffer: 1e8 });
  return resultOf(server, stdout, stderr);
}

/** As `runClient`, beside others that load other servers. */
export async function runBeside(server: BenchServer, door: LoadOptions['door'], options: ClientOptions) {
  const child = spawn(...client(server, door, options), { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return resultOf(server, stdout, stderr);
}

function client(server: BenchServer, door: LoadOptions['door'], options: ClientOptions): [string, string[]] {
  const { players, seconds, settlingSeconds = 4, lagSeconds } = options;
  const tool = { flv: 'flvload', rtmp: 'rtmpload', hls: 'hlsload' }[door];
  const args = ['--url', server.urls[door], '-n', String(players)];
  args.push('-t', String(seconds), '--warmup', String(settlingSeconds));
  args.push('--pid', String(server.pid), '--label', server.name);
  if (door !== 'hls') args.push('--rate', '500');
  if (lagSeconds) args.push('--lag-from', String(lagSeconds[0]), '--lag-to', String(lagSeconds[1]));
  return placed(CLIENT_CORE, join(BIN, tool), args, server.where);
}

function resultOf(server: BenchServer, stdout: string, stderr: string): LoadResult {
  const line = stdout.trim().split('\n').at(-1);
  if (!line?.startsWith('{')) throw new Error(`${server.name}: ${stderr.slice(-500)}`);
  return JSON.parse(line) as LoadResult;
}

/** Memory of a process and all below it, in MiB; what they share is counted once. */
export function proportionalMb(pid: number): number {
  const kibibytes = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  const threads = readdirSync(`/proc/${pid}/task`);
  const children = threads.flatMap((id) => readFileSync(`/proc/${pid}/task/${id}/children`, 'utf8').split(' '));
  const below = children.filter((id) => id !== '').map((id) => proportionalMb(Number(id)));
  return kibibytes / 1024 + below.reduce((sum, mb) => sum + mb, 0);
}
