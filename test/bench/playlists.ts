import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'undici';
import { cpuSeconds } from './audience.ts';
import { proportionalMb, publish } from './load.ts';
import { type BenchServer, headwater } from './servers.ts';
import type { SuiteOptions } from './suite.ts';

const CONNECTIONS = 32;
const SESSIONS = 8000;

/** What a media playlist costs that a cache may not keep: signed viewers who ask again and again. */
export async function playlists({ seconds, clip }: SuiteOptions): Promise<void> {
  console.log('| playlists a second | server CPU % of a core | CPU-us each | KB each | KiB a session |');
  console.log('|--:|--:|--:|--:|--:|');
  const server = await headwater({ mergeWindowMs: 0, signed: true });
  const publisher = publish(server.publishUrl ?? '', clip, seconds + 60);
  const clients: Client[] = [];
  try {
    await delay(3000);
    await (await fetch(server.urls.hls)).text();
    await delay(10_000);
    let [count, bytes, isOver] = [0, 0, false];
    const watch = async () => {
      const master = await (await fetch(server.urls.hls)).text();
      const { origin, pathname, search } = new URL(
        master.split('\n').find((line) => line !== '' && !line.startsWith('#')) ?? '',
        server.urls.hls,
      );
      const client = new Client(origin);
      clients.push(client);
      while (!isOver) {
        const { body } = await client.request({ method: 'GET', path: pathname + search });
        bytes += (await body.arrayBuffer()).byteLength;
        count++;
      }
    };
    const watching = Array.from({ length: CONNECTIONS }, watch);
    await delay(2000);
    const [before, at] = [{ count, bytes, cpu: cpuSeconds(server.pid) }, performance.now()];
    await delay(seconds * 1000);
    const [asked, spent, took] = [count - before.count, cpuSeconds(server.pid) - before.cpu, performance.now() - at];
    const kilobytes = (bytes - before.bytes) / asked / 1000;
    isOver = true;
    await Promise.all(watching);
    const cells = [asked / (took / 1000), (spent / (took / 1000)) * 100, (spent / asked) * 1e6].map(Math.round);
    const kibPerSession = await memoryOfSessions(server, clients);
    console.log(`| ${[...cells, kilobytes.toFixed(1), kibPerSession.toFixed(1)].join(' | ')} |`);
  } finally {
    for (const client of clients) await client.destroy();
    publisher.kill('SIGTERM');
    await server.stop();
  }
}

/** Sessions come through a few connections, as through a cache: what is left of each is the session alone. */
async function memoryOfSessions(server: BenchServer, clients: readonly Client[]): Promise<number> {
  const { pathname, search } = new URL(server.urls.hls);
  const beforeMb = proportionalMb(server.pid);
  const open = async (client: Client) => {
    for (let opened = 0; opened < SESSIONS / clients.length; opened++) {
      const master = await client.request({ method: 'GET', path: pathname + search });
      const variant = (await master.body.text()).split('\n').find((line) => line !== '' && !line.startsWith('#')) ?? '';
      const media = new URL(variant, server.urls.hls);
      await (await client.request({ method: 'GET', path: media.pathname + media.search })).body.dump();
    }
  };
  await Promise.all(clients.map(open));
  return ((proportionalMb(server.pid) - beforeMb) * 1024) / SESSIONS;
}
