import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../test/support/browser.ts';
import { CallbackReceiver } from '../test/support/callback-receiver.ts';
import { consoleUrl, openConsole } from '../test/support/console.ts';
import {
  type Child,
  type Headwater,
  runToEnd,
  start,
  startHeadwater,
  until,
  untilLive,
} from '../test/support/index.ts';

/**
 * Makes the pictures of docs/console.md: `npx tsx scripts/console-gallery.ts [folder [name...]]`. Those in Chinese want a font that
 * has its letters, such as Debian's fonts-wqy-microhei.
 */
const FOLDER = process.argv[2] ?? fileURLToPath(new URL('../docs/console', import.meta.url));
const NAMES = process.argv.slice(3);
const SECONDS = 900;
const QUALITY = 72;

const STREAMS = [
  { path: 'live/concert', source: 'mandelbrot=size=640x360:rate=25', kbps: 1200, gop: 50 },
  { path: 'live/studio-b', source: 'gradients=size=640x360:rate=25:speed=0.02', kbps: 500, gop: 50 },
  { path: 'news/desk', source: 'testsrc2=size=640x360:rate=25', kbps: 600, gop: 250 },
  { path: 'sport/pitch-3', source: 'smptehdbars=size=640x360:rate=25', kbps: 300, gop: 50 },
] as const;

type Shot = {
  readonly name: string;
  readonly path: string;
  readonly width: 390 | 1440;
  readonly colours: 'light' | 'dark';
  readonly language?: 'zh-CN';
  readonly before?: (page: Page) => Promise<unknown>;
};

const press = (name: string) => (page: Page) => page.getByRole('button', { name, exact: true }).click();
const play = async (page: Page) => {
  await press('Play')(page);
  await until('it plays', () =>
    page.evaluate<boolean>(`document.querySelector('.screen video:not(.is-spare)').currentTime > 1`),
  );
};

const explain = async (page: Page) => {
  await page.getByLabel('Address').fill('http://live.example.com/live/concert.m3u8');
  await press('Explain it')(page);
};

const SHOTS: readonly Shot[] = [
  { name: 'overview', path: 'overview', width: 1440, colours: 'light' },
  { name: 'overview-dark', path: 'overview', width: 1440, colours: 'dark' },
  { name: 'overview-phone', path: 'overview', width: 390, colours: 'light' },
  { name: 'streams', path: 'streams', width: 1440, colours: 'light' },
  { name: 'streams-phone', path: 'streams', width: 390, colours: 'dark' },
  { name: 'stream', path: 'streams/default/live/concert', width: 1440, colours: 'light', before: play },
  { name: 'stream-dark', path: 'streams/default/live/concert', width: 1440, colours: 'dark' },
  { name: 'stream-phone', path: 'streams/default/live/concert', width: 390, colours: 'light' },
  { name: 'recordings', path: 'recordings', width: 1440, colours: 'light' },
  { name: 'events', path: 'events', width: 1440, colours: 'dark' },
  { name: 'sign', path: 'sign', width: 1440, colours: 'light', before: press('Make the addresses') },
  { name: 'callbacks', path: 'callbacks', width: 1440, colours: 'light' },
  { name: 'overview-zh', path: 'overview', width: 1440, colours: 'light', language: 'zh-CN' },
  { name: 'menu-phone', path: 'streams', width: 390, colours: 'light', before: press('Menu') },
  { name: 'domain', path: 'domains/live.example.com', width: 1440, colours: 'light' },
  { name: 'stream-rule', path: 'stream-rules/+', width: 1440, colours: 'light' },
  { name: 'explain', path: 'explain', width: 1440, colours: 'dark', before: explain },
  { name: 'settings', path: 'settings', width: 1440, colours: 'light' },
  { name: 'settings-zh', path: 'settings', width: 1440, colours: 'dark', language: 'zh-CN' },
  { name: 'settings-phone', path: 'settings', width: 390, colours: 'dark' },
  { name: 'stream-zh', path: 'streams/default/news/desk', width: 1440, colours: 'light', language: 'zh-CN' },
  { name: 'alarms', path: 'alarms', width: 1440, colours: 'light' },
  { name: 'costs', path: 'costs', width: 1440, colours: 'light' },
  { name: 'top', path: 'top', width: 1440, colours: 'dark' },
  { name: 'usage', path: 'usage', width: 1440, colours: 'light' },
];

await main();

async function main(): Promise<void> {
  const receiver = await CallbackReceiver.start();
  const publishers: Child[] = [];
  const [server, browser] = await Promise.all([startServer(receiver), openBrowser()]);
  try {
    for (const stream of STREAMS) publishers.push(await publish(server, stream));
    await fill(server);
    await mkdir(FOLDER, { recursive: true });
    for (const shot of SHOTS) {
      if (NAMES.length === 0 || NAMES.includes(shot.name)) await shoot(browser, server, shot);
    }
  } finally {
    await browser.close();
    for (const publisher of publishers) await publisher.stop('SIGKILL');
    await server.stop();
    await receiver.down();
  }
}

function startServer(receiver: CallbackReceiver): Promise<Headwater> {
  const domain = {
    name: 'default',
    push: { auth: { type: 'no_auth' as const } },
    play: { auth: { type: 'no_auth' as const } },
  };
  const formats = (['mp4', 'm3u8'] as const).map((format) => ({ format, cycleSeconds: 3600 }));
  return startHeadwater({
    rules: {
      domains: [domain],
      streams: [
        {
          match: {},
          transcode: { templates: ['lsd'] },
          timeShift: { enabled: true },
          record: { enabled: true, onDemand: 'manual', formats },
        },
      ],
      callbacks: [{ id: 'backend', url: receiver.url('hook'), form: 'json', key: 'the-key-of-the-gallery-0123456789' }],
    },
  });
}

async function publish(server: Headwater, { path, source, kbps, gop }: (typeof STREAMS)[number]): Promise<Child> {
  const child = start('ffmpeg', [
    ...['-hide_banner', '-loglevel', 'warning', '-re', '-f', 'lavfi', '-i', source],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-t', String(SECONDS)],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', String(gop), '-sc_threshold', '0'],
    ...['-b:v', `${kbps}k`, '-c:a', 'aac', '-b:a', '96k', '-f', 'flv', server.pushUrl(path)],
  ]);
  await untilLive(server, path, child);
  return child;
}

/** Viewers, a recording, markers and a clip, so that the pages have something to show. */
async function fill(server: Headwater): Promise<void> {
  const post = (path: string, body: object) =>
    server.api(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  for (const path of ['live/concert', 'live/concert', 'live/studio-b', 'sport/pitch-3']) {
    void fetch(`${server.playback}/${path}.flv`).then(({ body }) => body?.pipeTo(new WritableStream()).catch(() => {}));
  }
  const signed = { auth: { type: 'type_a', key1: 'a-key-of-32-characters-or-so-0001' } };
  await post('/domains', { name: 'live.example.com', ingest: ['push.example.com'], play: signed, push: signed });
  await post('/streams/default/live/concert/record', { command: 'start' });
  await post('/streams/default/live/studio-b/record', { command: 'start' });
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  await post('/streams/default/live/concert/markers', { name: 'Encore' });
  await post('/streams/default/live/concert/clips', { seconds: 6, title: 'The best six seconds' });
  await post('/streams/default/live/studio-b/record', { command: 'stop' });
  await post('/streams/default/live/studio-b/record', { command: 'cancel_delay' });
  await until('a file is there', async () => {
    const { recordings } = await server.api<{ recordings: unknown[] }>('/recordings');
    return recordings.length >= 2;
  });
}

async function shoot(browser: Browser, server: Headwater, shot: Shot): Promise<void> {
  const viewport = { width: shot.width, height: shot.width === 390 ? 844 : 900 };
  const look = { viewport, colorScheme: shot.colours, ...(shot.language ? { locale: shot.language } : {}) };
  const { page, close } = await openConsole(browser, server, shot.path, look);
  await page.goto(consoleUrl(server, shot.path));
  await page.locator('main h1').waitFor();
  if ((await page.title()).startsWith('There is no such page')) return close();
  await shot.before?.(page);
  // Graphs that begin to be drawn, and pictures that come one by one.
  await page.waitForTimeout(9000);
  const png = join(FOLDER, `${shot.name}.png`);
  await page.screenshot({ path: png });
  const webp = join(FOLDER, `${shot.name}.webp`);
  await runToEnd('ffmpeg', ['-v', 'error', '-y', '-i', png, '-quality', String(QUALITY), webp], 60_000);
  await rm(png);
  await close();
}
