import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startSystemPostgres } from '../../system/store/helpers.ts';
import { publish } from '../load.ts';
import type { BenchServer } from '../servers.ts';
import type { SuiteOptions } from '../suite.ts';
import { startNodes } from './nodes.ts';

/** A node is still compiling what it does every second. */
const WARMING_MS = 60_000;
/** As `getconf CLK_TCK` says on every Linux of today. */
const TICKS_PER_SECOND = 100;

/** What nodes cost apart from their viewers: with nothing to do, and with one stream and one FLV viewer of its copy. */
export async function apart({ seconds, clip }: SuiteOptions): Promise<void> {
  const database = await startSystemPostgres();
  const asked = new pg.Client(database.url);
  await asked.connect();
  const { nodes, stop } = await startNodes(['origin', 'edge'], { databaseUrl: database.url });
  const [origin, edge] = nodes as [BenchServer, BenchServer];
  const measure = async (what: string) => {
    await delay(WARMING_MS);
    const before = [cpuSeconds(origin), cpuSeconds(edge), await transactions(asked)] as const;
    await delay(seconds * 1000);
    const after = [cpuSeconds(origin), cpuSeconds(edge), await transactions(asked)] as const;
    const [ofOrigin = 0, ofEdge = 0, done = 0] = after.map((value, at) => (value - (before[at] ?? 0)) / seconds);
    const cells = [what, (100 * ofOrigin).toFixed(2), (100 * ofEdge).toFixed(2), (60 * done).toFixed(0)];
    console.log(`| ${cells.join(' | ')} |`);
  };
  console.log('| two nodes with | origin, % of a core | edge, % of a core | transactions a minute |');
  console.log('|---|--:|--:|--:|');
  const children = [];
  try {
    await measure('nothing to do');
    children.push(publish(origin.publishUrl ?? '', clip, 600));
    await delay(2600);
    const viewer = get(edge.urls.flv, { agent: false });
    const [answer] = (await once(viewer, 'response')) as [IncomingMessage];
    answer.on('error', () => undefined).resume();
    await measure('one stream, one viewer of its copy');
    viewer.destroy();
  } finally {
    for (const child of children) child.kill('SIGTERM');
    await stop();
    await asked.end();
    database.remove();
  }
}

function cpuSeconds({ pid }: BenchServer): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) / TICKS_PER_SECOND;
}

async function transactions(client: pg.Client): Promise<number> {
  const text = 'select sum(xact_commit)::float8 as done from pg_stat_database';
  return (await client.query<{ done: number }>(text)).rows[0]?.done ?? 0;
}
