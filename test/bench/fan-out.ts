import { type Loaded, load } from './load.ts';
import { type BenchServer, headwater, nginxRtmp, nodeMediaServer, plainNode } from './servers.ts';
import type { SuiteOptions } from './suite.ts';

type Row = {
  readonly name: string;
  readonly door: 'flv' | 'rtmp';
  readonly windowMs: number;
  readonly result: Loaded;
};

/** FLV and RTMP viewers at three merge windows, beside plain Node and two peers, in one run. */
export async function fanOut({ players, seconds, clip }: SuiteOptions): Promise<void> {
  const rows: Row[] = [];
  const measure = async (open: () => Promise<BenchServer>, door: 'flv' | 'rtmp', windowMs: number) => {
    const server = await open();
    try {
      const result = await load(server, { door, players, seconds, clip });
      rows.push({ name: server.name, door, windowMs, result });
      console.error(`${server.name} ${door} ${windowMs} ms: ${result.server.cpu_s_per_gb.toFixed(3)} CPU-s/GB`);
    } finally {
      await server.stop();
    }
  };
  for (const windowMs of [0, 100, 350]) {
    await measure(() => plainNode(clip, windowMs), 'flv', windowMs);
    await measure(() => headwater({ mergeWindowMs: windowMs }), 'flv', windowMs);
    await measure(() => headwater({ mergeWindowMs: windowMs }), 'rtmp', windowMs);
  }
  await measure(nginxRtmp, 'rtmp', 0);
  await measure(nodeMediaServer, 'rtmp', 0);
  await measure(nodeMediaServer, 'flv', 0);
  table(rows);
}

function table(rows: readonly Row[]): void {
  console.log(
    '| server | door | window ms | CPU-s/GB | x plain Node | latency p95 ms | first key p95 ms | KiB a viewer | stalls | client CPU % |',
  );
  console.log('|---|---|--:|--:|--:|--:|--:|--:|--:|--:|');
  for (const { name, door, windowMs, result } of rows) {
    const plain = rows.find((row) => row.name === 'plain Node' && row.windowMs === windowMs)?.result;
    const ratio = plain ? (result.server.cpu_s_per_gb / plain.server.cpu_s_per_gb).toFixed(2) : '';
    const cells = [
      name,
      door,
      windowMs,
      result.server.cpu_s_per_gb.toFixed(3),
      ratio,
      result.latency_ms?.p95.toFixed(1) ?? '',
      result.first_key_ms?.p95.toFixed(1) ?? '',
      result.kibPerPlayer.toFixed(0),
      result.stalls ?? '',
      result.client.cpu_pct.toFixed(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
