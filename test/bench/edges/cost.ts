import { setTimeout as delay } from 'node:timers/promises';
import { startSystemPostgres } from '../../system/store/helpers.ts';
import { type LoadResult, publish, runClient, WARMING_PLAYERS } from '../load.ts';
import type { BenchServer } from '../servers.ts';
import type { SuiteOptions } from '../suite.ts';
import { startNodes } from './nodes.ts';

/** Each is first and last once, so that what the machine does meanwhile is shared. */
const TURNS = ['edge', 'origin', 'origin', 'edge'] as const;
/** HLS playlists list as much as they ever will. */
const FULL_PLAYLIST_MS = 9000;

/** The processor time of a gigabyte: from the node that the stream is pushed to, and from one that copies it. */
export async function cost(door: 'flv' | 'hls', { players, seconds, clip }: SuiteOptions): Promise<void> {
  const database = await startSystemPostgres();
  const { nodes, stop } = await startNodes(['origin', 'edge'], { databaseUrl: database.url });
  const [origin, edge] = nodes as [BenchServer, BenchServer];
  const publisher = publish(origin.publishUrl ?? '', clip, 600);
  try {
    await delay(2600);
    const settling = { players: WARMING_PLAYERS, seconds: 1, settlingSeconds: 0 };
    for (const server of [edge, origin]) runClient(server, door, settling);
    if (door === 'hls') await delay(FULL_PLAYLIST_MS);
    const results: Record<'edge' | 'origin', LoadResult[]> = { edge: [], origin: [] };
    console.log(`| ${door}, ${players} viewers of | Mb/s | CPU-s/GB | stalls | client CPU % |`);
    console.log('|---|--:|--:|--:|--:|');
    for (const turn of TURNS) {
      const result = runClient(turn === 'edge' ? edge : origin, door, { players, seconds });
      results[turn].push(result);
      const { mbps, server, client, stalls = '' } = result;
      const cells = [turn, mbps.toFixed(0), server.cpu_s_per_gb.toFixed(3), stalls, client.cpu_pct.toFixed(0)];
      console.log(`| ${cells.join(' | ')} |`);
    }
    const ratio = sum(results.edge) / sum(results.origin);
    console.log(`\nAn edge costs ${ratio.toFixed(3)} times what its origin does (${door}; the bar is 1.05).`);
  } finally {
    publisher.kill('SIGTERM');
    await stop();
    database.remove();
  }
}

function sum(results: readonly LoadResult[]): number {
  return results.reduce((all, { server }) => all + server.cpu_s_per_gb, 0);
}
