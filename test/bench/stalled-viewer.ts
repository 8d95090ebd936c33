import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { publish } from './load.ts';
import { headwater } from './servers.ts';
import type { SuiteOptions } from './suite.ts';

const STALLED = 50;

/** Viewers that ask and never read: what they cost beyond viewers that do. */
export async function stalledViewer({ seconds, clip }: SuiteOptions): Promise<void> {
  const server = await headwater({ mergeWindowMs: 0 });
  const publisher = publish(server.publishUrl ?? '', clip, seconds + 60);
  try {
    await delay(4000);
    const before = rssMb(server.pid);
    const url = new URL(server.urls.flv);
    const sockets = Array.from({ length: STALLED }, () => {
      const socket = connect(Number(url.port), url.hostname);
      socket.pause();
      socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      return socket;
    });
    let highest = before;
    for (let i = 0; i < seconds + 15; i++) {
      await delay(1000);
      highest = Math.max(highest, rssMb(server.pid));
    }
    for (const socket of sockets) socket.destroy();
    console.log('| stalled viewers | RSS before MB | highest RSS MB | MB a viewer |');
    console.log('|--:|--:|--:|--:|');
    console.log(`| ${STALLED} | ${before} | ${highest} | ${((highest - before) / STALLED).toFixed(2)} |`);
  } finally {
    publisher.kill('SIGTERM');
    await server.stop();
  }
}

function rssMb(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(line?.[1] ?? 0) / 1024);
}
