import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RehearsalReport } from '../../src/cli/rehearsal/report.ts';
import { writeCertificate } from '../support/certificate.ts';
import { freePort } from '../support/free-port.ts';
import { proportionalMb, publish } from './load.ts';
import { type BenchServer, headwater } from './servers.ts';
import type { SuiteOptions } from './suite.ts';
import { ROOT } from './tools.ts';

type Row = {
  readonly scheme: string;
  readonly door: string;
  readonly report: RehearsalReport;
  readonly cpuSeconds: number;
  readonly kibPerViewer: number;
};

const CLIENT_CORE = '1';
const TICKS_PER_SECOND = 100;
const JOINING_SECONDS = 4;

/** What an audience of `headwater rehearse` costs at each door, with and without TLS. */
export async function audience({ players, seconds, clip, part }: SuiteOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-bench-tls-'));
  const { certFile, keyFile } = await writeCertificate(folder, 'localhost');
  const rows: Row[] = [];
  try {
    for (const scheme of ['http', 'https'] as const) {
      for (const door of ['flv', 'hls', 'llhls']) {
        if (part !== undefined && part !== door && part !== scheme) continue;
        const tlsPort = await freePort();
        const tls = { HEADWATER_TLS_CERT_FILE: certFile, HEADWATER_TLS_KEY_FILE: keyFile };
        const env = scheme === 'https' ? { ...tls, HEADWATER_PLAYBACK_TLS_PORT: String(tlsPort) } : {};
        const server = await headwater({ mergeWindowMs: 0, env });
        const publisher = publish(server.publishUrl ?? '', clip, seconds + 60);
        try {
          // A window of HLS, so that all viewers begin alike.
          await (await fetch(server.urls.hls)).text().catch(() => '');
          await delay(10_000);
          const url = scheme === 'http' ? server.urls.flv : `https://127.0.0.1:${tlsPort}/live/test.flv`;
          rows.push({ scheme, door, ...(await measure(server, url, door, { players, seconds })) });
        } finally {
          publisher.kill('SIGTERM');
          await server.stop();
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  table(rows);
}

async function measure(
  server: BenchServer,
  url: string,
  door: string,
  { players, seconds }: { readonly players: number; readonly seconds: number },
) {
  const args = [
    '--viewers',
    String(players),
    '--for',
    `${seconds + JOINING_SECONDS}s`,
    '--ramp',
    `${JOINING_SECONDS}s`,
  ];
  const command = [...['-c', CLIENT_CORE, process.execPath], join(ROOT, 'dist/server/main.js'), 'rehearse', ...args];
  const [beforeMb, beforeSeconds] = [proportionalMb(server.pid), cpuSeconds(server.pid)];
  const child = spawn('taskset', [...command, '--mix', door, '--max-mbps', '100000', '--url', url, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', HEADWATER_DATA_DIR: '/nonexistent' },
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const closed = once(child, 'close');
  await delay((seconds + JOINING_SECONDS - 1) * 1000);
  const duringMb = proportionalMb(server.pid);
  await closed;
  const report = JSON.parse(out) as RehearsalReport;
  const kibPerViewer = ((duringMb - beforeMb) * 1024) / report.viewers.came;
  return { report, cpuSeconds: cpuSeconds(server.pid) - beforeSeconds, kibPerViewer };
}

/** Processor time of a process and all below it. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const own = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  const children = readdirSync(`/proc/${pid}/task`).flatMap((id) =>
    readFileSync(`/proc/${pid}/task/${id}/children`, 'utf8').trim().split(' '),
  );
  return own + children.filter((id) => id !== '').reduce((sum, id) => sum + cpuSeconds(Number(id)), 0);
}

function table(rows: readonly Row[]): void {
  console.log('| door | | viewers | Mb/s | CPU-s/GB | KiB a viewer | join p95 ms | stalls | client CPU % | errors |');
  console.log('|---|---|--:|--:|--:|--:|--:|--:|--:|--:|');
  for (const { scheme, door, report, cpuSeconds: seconds, kibPerViewer } of rows) {
    const { viewers, mbps, bytes, doors, machine, errors } = report;
    const cells = [
      ...[door, scheme, viewers.came, mbps.mean.toFixed(0), (seconds / (bytes / 1e9)).toFixed(2)],
      ...[kibPerViewer.toFixed(0), doors[0]?.joinMs?.p95 ?? '', doors[0]?.stalls ?? '', machine.cpuPercent.toFixed(0)],
      errors.map(({ code, count }) => `${count} ${code}`).join(', ') || 0,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
