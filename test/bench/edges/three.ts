import { setTimeout as delay } from 'node:timers/promises';
import { openNetwork, whyNoNetwork } from '../../support/network.ts';
import { startSystemPostgres } from '../../system/store/helpers.ts';
import { type LoadResult, publish, runBeside, WARMING_PLAYERS } from '../load.ts';
import type { BenchServer } from '../servers.ts';
import type { SuiteOptions } from '../suite.ts';
import { startNodes } from './nodes.ts';

const NAMES = ['one', 'two', 'three'] as const;
/** A node is still compiling what it does for its viewers half a minute after the first of them. */
const WARMING_SECONDS = 30;

/** FLV viewers on one node of three, and the same viewers shared by all three; each node in a network of its own. */
export async function three({ players, seconds, clip }: SuiteOptions): Promise<void> {
  const why = whyNoNetwork();
  if (why !== undefined) {
    console.log(`Three nodes are left out: ${why}.`);
    return;
  }
  const network = openNetwork();
  const database = await startSystemPostgres({}, network);
  const machines = NAMES.map((name) => network.machine(name));
  const { nodes, stop } = await startNodes(NAMES, { databaseUrl: database.url, machines });
  const [one] = nodes as [BenchServer];
  const publisher = publish(one.publishUrl ?? '', clip, 600, 1, one.where);
  try {
    await delay(2600);
    const load = async (loaded: readonly BenchServer[], count: number, measuredSeconds: number) => {
      const share = { players: Math.round(count / loaded.length), seconds: measuredSeconds };
      return await Promise.all(loaded.map((node) => runBeside(node, 'flv', share)));
    };
    await load(nodes, 3 * WARMING_PLAYERS, WARMING_SECONDS);
    console.log('| FLV viewers | nodes | Mb/s | CPU-s/GB, all of them | stalls |');
    console.log('|--:|--:|--:|--:|--:|');
    const perGb: Record<1 | 3, number> = { 1: 0, 3: 0 };
    for (const count of [1, 3, 3, 1] as const) {
      const results = await load(nodes.slice(0, count), players, seconds);
      perGb[count] += together(results);
      const mbps = results.reduce((sum, result) => sum + result.mbps, 0).toFixed(0);
      const stalls = results.reduce((sum, result) => sum + (result.stalls ?? 0), 0);
      console.log(`| ${players} | ${count} | ${mbps} | ${together(results).toFixed(3)} | ${stalls} |`);
    }
    const ratio = perGb[3] / perGb[1];
    console.log(`\nThree nodes cost ${ratio.toFixed(3)} times what one does (the bar is 1.10).`);
  } finally {
    publisher.kill('SIGTERM');
    await stop();
    database.remove();
    network.close();
  }
}

/** Processor time of all servers for each gigabyte of all. */
function together(results: readonly LoadResult[]): number {
  const mbps = results.reduce((sum, result) => sum + result.mbps, 0);
  return results.reduce((sum, result) => sum + result.server.cpu_s_per_gb * result.mbps, 0) / mbps;
}
