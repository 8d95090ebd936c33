import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { TimedViewer } from '../support/timed-viewer.ts';
import { until } from '../support/until.ts';
import { startSystemPostgres } from '../system/store/helpers.ts';
import { startNodes } from './edges/nodes.ts';
import { publish, runBeside } from './load.ts';
import type { BenchServer } from './servers.ts';
import type { SuiteOptions } from './suite.ts';

type Rig = {
  readonly one: BenchServer;
  readonly two: BenchServer;
  readonly clip: string;
  /** FLV viewers beside the measured one, on each node that has some. */
  readonly players: number;
};

const ROUNDS = 5;
const MOST_PLAYERS = 300;
/** All rounds are over by then. */
const LOAD_SECONDS = 75;
const SETTLED_MS = 1500;
const STREAMS = [{ match: {}, backup: { back: 'atOnce' }, publish: { waitSeconds: 30 } }];

/** How long viewers are without a new picture when an encoder stalls, or the node dies that it pushes to. */
export async function failover({ lightClip: clip, players, part }: SuiteOptions): Promise<void> {
  const count = Math.min(players, MOST_PLAYERS);
  console.log(`| ${count} FLV viewers | rounds | longest time without a new picture, ms |`);
  console.log('|---|--:|--:|');
  for (const [name, [what, run, times]] of Object.entries(PARTS)) {
    if (part !== undefined && part !== name) continue;
    const missing: number[] = [];
    for (let at = 0; at < times; at++) missing.push(...(await onNodes(clip, count, run)));
    print(what, missing);
  }
}

type Part = readonly [what: string, run: (rig: Rig) => Promise<number[]>, times: number];
const PARTS: Readonly<Record<string, Part>> = {
  same: ['main stalls, backup on the same node', (rig) => stall(rig, 'one'), 1],
  other: ['main stalls, backup on another node', (rig) => stall(rig, 'two'), 1],
  node: ["the main encoder's node is killed, backup on another node", nodeWithBackup, 3],
  kill: ["the encoder's node is killed, it connects to another at once", kill, 3],
};

async function onNodes(clip: string, players: number, run: (rig: Rig) => Promise<number[]>): Promise<number[]> {
  const database = await startSystemPostgres();
  const { nodes, stop } = await startNodes(['one', 'two'], { databaseUrl: database.url, streams: STREAMS });
  const [one, two] = nodes as [BenchServer, BenchServer];
  try {
    await until('both are there', async () => (await metric(one, 'headwater_cluster_nodes')) === 2);
    return await run({ one, two, clip, players });
  } finally {
    await stop();
    database.remove();
  }
}

/** The main encoder stalls and is back, over and over; watched on both nodes. */
async function stall({ one, two, clip, players }: Rig, backupAt: 'one' | 'two'): Promise<number[]> {
  const main = publish(one.publishUrl ?? '', clip, 2 * LOAD_SECONDS);
  await until('main is on air', () => onAir(one, 'main'));
  const backup = publish(`${{ one, two }[backupAt].publishUrl}?backup=1`, clip, 2 * LOAD_SECONDS);
  const loaded = backupAt === 'one' ? [one] : [one, two];
  const load = loadOf(loaded, players);
  const viewers = await Promise.all(loaded.map(({ urls }) => TimedViewer.open(urls.flv)));
  const missing: number[] = [];
  try {
    await delay(4 * SETTLED_MS);
    for (let round = 0; round < ROUNDS; round++) {
      const sinceMs = performance.now();
      main.kill('SIGSTOP');
      await until('backup is on air', () => onAir(one, 'backup'));
      await delay(SETTLED_MS);
      missing.push(Math.max(...viewers.map((viewer) => viewer.longestPauseMs('video', sinceMs))));
      main.kill('SIGCONT');
      await until('main is on air', () => onAir(one, 'main'));
      await delay(SETTLED_MS);
    }
    await load;
  } finally {
    for (const encoder of [main, backup]) end(encoder);
    await Promise.all(viewers.map((viewer) => viewer.close()));
  }
  return missing;
}

/** The node dies that the encoder pushes to; watched on the other one, to which it comes. */
async function kill({ one, two, clip, players }: Rig): Promise<number[]> {
  const first = publish(one.publishUrl ?? '', clip, LOAD_SECONDS);
  await until('main is on air', () => onAir(one, 'main'));
  const load = loadOf([two], players, 15);
  const viewer = await TimedViewer.open(two.urls.flv);
  await delay(4 * SETTLED_MS);
  const sinceMs = performance.now();
  const ended = once(first, 'exit');
  process.kill(one.pid, 'SIGKILL');
  await ended;
  const again = publish(two.publishUrl ?? '', clip, LOAD_SECONDS);
  try {
    await until('it is on air there', () => onAir(two, 'main'));
    await delay(2 * SETTLED_MS);
    return [viewer.longestPauseMs('video', sinceMs)];
  } finally {
    await load;
    end(again);
    await viewer.close();
  }
}

/** The node dies that the main encoder pushes to, and the backup goes on at the other one; watched there. */
async function nodeWithBackup({ one, two, clip, players }: Rig): Promise<number[]> {
  const main = publish(one.publishUrl ?? '', clip, LOAD_SECONDS);
  await until('main is on air', () => onAir(one, 'main'));
  const backup = publish(`${two.publishUrl}?backup=1`, clip, LOAD_SECONDS);
  const load = loadOf([two], players, 15);
  const viewer = await TimedViewer.open(two.urls.flv);
  try {
    await delay(4 * SETTLED_MS);
    const sinceMs = performance.now();
    process.kill(one.pid, 'SIGKILL');
    await until('the backup is on air there', () => onAir(two, 'backup'));
    await delay(2 * SETTLED_MS);
    return [viewer.longestPauseMs('video', sinceMs)];
  } finally {
    await load;
    for (const encoder of [main, backup]) end(encoder);
    await viewer.close();
  }
}

function loadOf(servers: readonly BenchServer[], players: number, seconds = LOAD_SECONDS): Promise<unknown> {
  const share = { players: Math.round(players / servers.length), seconds, settlingSeconds: 1 };
  return Promise.all(servers.map((server) => runBeside(server, 'flv', share)));
}

function end(encoder: ChildProcess): void {
  encoder.kill('SIGCONT');
  encoder.kill('SIGTERM');
}

const onAir = async (server: BenchServer, source: string) =>
  (await metric(server, `headwater_streams_on_air{source="${source}"}`)) === 1;

async function metric({ control }: BenchServer, name: string): Promise<number> {
  // A busy server may end a connection just when it is asked again.
  const text = await fetch(`${control}/metrics`).then(
    (answer) => answer.text(),
    () => '',
  );
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? 0);
}

function print(what: string, values: readonly number[]): void {
  console.log(`| ${what} | ${values.length} | ${values.map((ms) => ms.toFixed(0)).join(', ')} |`);
}
