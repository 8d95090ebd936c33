import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type OpenPage, openBrowser, openPage, readPlayer, untilState } from '../support/browser.ts';
import { type Child, type Headwater, start, startHeadwater, untilLive } from '../support/index.ts';

const USAGE = `Measures how far Chromium's picture is behind the encoder, by the clock in the demo picture.

  --protocols LIST   llhls,flv
  --seconds N        60, after --warm-up
  --warm-up N        15
  --size WxH         640x360
`;

const { values } = parseArgs({
  options: {
    protocols: { type: 'string', default: 'llhls,flv' },
    seconds: { type: 'string', default: '60' },
    'warm-up': { type: 'string', default: '15' },
    size: { type: 'string', default: '640x360' },
    help: { type: 'boolean', default: false },
  },
});
const SAMPLE_EVERY_MS = 250;

const entry = fileURLToPath(new URL('../../scripts/publish-test-picture.ts', import.meta.url));
const tsx = fileURLToPath(import.meta.resolve('tsx'));

async function publishClock(server: Headwater): Promise<Child> {
  const target = ['--url', server.pushUrl('live/demo'), '--size', values.size, '--retry'];
  const publisher = start(process.execPath, ['--import', tsx, entry, ...target]);
  await untilLive(server, 'live/demo', publisher);
  return publisher;
}

type Measured = { readonly glassMs: readonly number[]; readonly stalls: number; readonly dropped: number };

async function measure({ page }: OpenPage): Promise<Measured> {
  await untilState(page, 'live');
  await delay(Number(values['warm-up']) * 1000);
  const before = await readPlayer(page);
  const glassMs: number[] = [];
  const endMs = performance.now() + Number(values.seconds) * 1000;
  while (performance.now() < endMs) {
    await delay(SAMPLE_EVERY_MS);
    const reading = await readPlayer(page);
    if (reading?.glassLatencyMs !== undefined) glassMs.push(reading.glassLatencyMs);
  }
  const after = await readPlayer(page);
  return {
    glassMs,
    stalls: (after?.stalls ?? 0) - (before?.stalls ?? 0),
    dropped: (after?.droppedFrames ?? 0) - (before?.droppedFrames ?? 0),
  };
}

function quantile(sorted: readonly number[], q: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN);
}

function row(protocol: string, { glassMs, stalls, dropped }: Measured): string {
  const sorted = glassMs.toSorted((a, b) => a - b);
  const [p50, p95, max] = [0.5, 0.95, 1].map((q) => quantile(sorted, q));
  return `| ${protocol} | ${p50} | ${p95} | ${max} | ${stalls} | ${dropped} | ${sorted.length} |`;
}

async function main(): Promise<void> {
  if (values.help) return console.log(USAGE);
  const server = await startHeadwater();
  const publisher = await publishClock(server);
  const browser = await openBrowser();
  try {
    console.log(`picture ${values.size}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(2)}`);
    console.log('| protocol | p50 ms | p95 ms | max ms | stalls | dropped frames | samples |');
    console.log('| --- | --- | --- | --- | --- | --- | --- |');
    for (const protocol of values.protocols.split(',')) {
      const url = `${server.playback}/live/demo?muted=1&autoplay=1&protocol=${protocol}`;
      const opened = await openPage(browser, url);
      console.log(row(protocol, await measure(opened)));
      await opened.close();
    }
    console.log(`load at the end ${loadavg()[0]?.toFixed(2)}`);
  } finally {
    await browser.close();
    await publisher.stop('SIGTERM');
    await server.stop();
  }
}

await main();
