import { runClient } from '../load.ts';
import type { SuiteOptions } from '../suite.ts';
import { shiftedServer } from './shifted-server.ts';
import { row } from './table.ts';

const VIEWERS = 500;
/** Other moments of a day than the live playlist has. */
const LAG_SECONDS = [300, 86_000] as const;
/** More than a processor's cache holds. */
const FILES = 16;
const WARMING = { players: 50, seconds: 1, settlingSeconds: 0 };

/** 500 viewers, each at a moment of its own, beside 500 at the live edge of the same stream, in one run. */
export async function viewers({ seconds: wanted, clip }: SuiteOptions): Promise<void> {
  const seconds = Math.min(wanted, 8);
  const server = await shiftedServer({ clip, nearSeconds: 0, files: FILES, seconds: 3 * seconds + 30 });
  try {
    runClient(server, 'hls', WARMING);
    runClient(server, 'hls', { ...WARMING, lagSeconds: LAG_SECONDS });
    const live = runClient(server, 'hls', { players: VIEWERS, seconds });
    const past = runClient(server, 'hls', { players: VIEWERS, seconds, lagSeconds: LAG_SECONDS });
    const ratio = past.server.cpu_s_per_gb / live.server.cpu_s_per_gb;
    for (const [name, { server, mbps, segment_ms, playlist_ms, errors, client }] of Object.entries({ live, past })) {
      const p95 = `segment p95 ${segment_ms?.p95.toFixed(1)} ms, playlist p95 ${playlist_ms?.p95.toFixed(1)} ms`;
      const rest = `${mbps.toFixed(0)} Mb/s, ${errors ?? 0} errors, client ${client.cpu_pct.toFixed(0)} %`;
      row(`${VIEWERS} viewers, ${name}, CPU-s/GB`, '', `${server.cpu_s_per_gb.toFixed(3)} (${p95}, ${rest})`);
    }
    row(`${VIEWERS} viewers at ${VIEWERS} moments of a day, x live`, '1.50', ratio.toFixed(2));
  } finally {
    await server.stop();
  }
}
