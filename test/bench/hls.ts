import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type LoadResult, publish, runClient } from './load.ts';
import { type BenchServer, headwater, nginxRtmp } from './servers.ts';
import type { SuiteOptions } from './suite.ts';

/** What was measured, and what nginx did just before. */
type Row = { readonly name: string; readonly result: LoadResult; readonly base: LoadResult };

/** HLS viewers, unsigned and signed, each beside nginx that serves the same window from files, in one run. */
export async function hls({ players, seconds, clip }: SuiteOptions): Promise<void> {
  const rows: Row[] = [];
  const mirror = mkdtempSync(join(tmpdir(), 'headwater-bench-hls-'));
  const nginx = await nginxRtmp(mirror);
  for (const signed of [false, true]) {
    const server = await headwater({ mergeWindowMs: 0, signed });
    const publisher = publish(server.publishUrl ?? '', clip, 2 * seconds + 90);
    await delay(9000);
    const stopMirror = await mirrorWindow(server, mirror);
    try {
      const base = runClient(nginx, 'hls', { players, seconds });
      rows.push({ name: 'nginx, the same window as files', result: base, base });
      const result = runClient(server, 'hls', { players, seconds });
      rows.push({ name: signed ? 'headwater, signed' : 'headwater', result, base });
    } finally {
      stopMirror();
      publisher.kill('SIGTERM');
      await server.stop();
    }
  }
  await nginx.stop();
  rmSync(mirror, { recursive: true, force: true });
  table(rows);
}

/** Copies the live window to files as it moves, by a process of its own. */
async function mirrorWindow(server: BenchServer, folder: string): Promise<() => void> {
  const master = await (await fetch(server.urls.hls)).text();
  const media = new URL(master.split('\n').find((line) => line && !line.startsWith('#')) ?? '', server.urls.hls);
  const { spawn } = await import('node:child_process');
  const script = join(folder, '..', `mirror-${process.pid}.mjs`);
  writeFileSync(
    script,
    `import { writeFile, rename } from 'node:fs/promises';
const media = ${JSON.stringify(media.href)}; const folder = ${JSON.stringify(folder)}; const known = new Set();
setTimeout(() => process.exit(0), 300000).unref();
for (;;) {
  const text = await (await fetch(media)).text();
  const names = [...text.matchAll(/URI="(init[^"]+)"/g)].map((m) => m[1]).concat(text.split('\\n').filter((l) => l && !l.startsWith('#')));
  for (const name of names) if (!known.has(name)) {
    await writeFile(folder + '/' + name, Buffer.from(await (await fetch(new URL(name, media))).arrayBuffer())); known.add(name);
  }
  await writeFile(folder + '/next.m3u8', text); await rename(folder + '/next.m3u8', folder + '/live.m3u8');
  await new Promise((r) => setTimeout(r, 250));
}`,
  );
  const child = spawn('taskset', ['-c', '1', process.execPath, script], { stdio: 'ignore' });
  await delay(3000);
  return () => {
    child.kill('SIGTERM');
    rmSync(script, { force: true });
  };
}

function table(rows: readonly Row[]): void {
  console.log('| server | CPU-s/GB | x nginx | segment p95 ms | Mb/s | errors |');
  console.log('|---|--:|--:|--:|--:|--:|');
  for (const { name, result, base } of rows) {
    const { server, segment_ms, mbps, errors } = result;
    const ratio = (server.cpu_s_per_gb / base.server.cpu_s_per_gb).toFixed(2);
    const p95 = segment_ms?.p95.toFixed(1) ?? '';
    console.log(
      `| ${name} | ${server.cpu_s_per_gb.toFixed(3)} | ${ratio} | ${p95} | ${mbps.toFixed(0)} | ${errors ?? ''} |`,
    );
  }
}
