import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { runToEnd } from './child.ts';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--autoplay-policy=no-user-gesture-required',
];

/** Five players may keep the machine from a click for a while. */
const ACTION_TIMEOUT_MS = 60_000;

const REFUSAL = /^Failed to load resource|^WebSocket connection to .* Unexpected response code: 4\d\d/;

/** Builds the pages where what is built is missing or older than its source, and starts Chromium. */
export async function openBrowser(): Promise<Browser> {
  await buildPlayer();
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}

/** Makes dist/player newer than player/. */
export async function buildPlayer(): Promise<void> {
  const builtMs = await stat(join(ROOT, 'dist/player/watch/index.html')).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  const entries = await readdir(join(ROOT, 'player'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'));
  const times = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))));
  if (times.every(({ mtimeMs }) => mtimeMs <= builtMs)) return;
  await runToEnd('npx', ['vite', 'build', '--config', join(ROOT, 'player/vite.config.ts')], 120_000);
}

/** What a player page says of itself. */
export type PlayerReading = {
  readonly state: string;
  readonly protocol: string;
  readonly decodedFrames: number;
  readonly droppedFrames: number;
  readonly stalls: number;
  readonly latencyMs?: number;
  readonly glassLatencyMs?: number;
};

/** An open page that remembers what went wrong in it. */
export type OpenPage = {
  readonly page: Page;
  /** Errors of scripts and of the console, and violations of the Content-Security-Policy. */
  readonly errors: readonly string[];
  /** How often the document was loaded: 1 until a reload. */
  loads(): number;
  close(): Promise<void>;
};

/**
 * Opens a page in a context of its own.
 * A 404 or 403 is printed by Chromium as an error of the console whatever a page does; these are left out.
 */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 960, height: 540 }, ...options });
  context.setDefaultTimeout(ACTION_TIMEOUT_MS);
  const page = await context.newPage();
  const errors: string[] = [];
  let loads = 0;
  page.on('console', (message) => {
    if (message.type() === 'error' && !REFUSAL.test(message.text())) {
      errors.push(message.text());
    }
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('domcontentloaded', () => {
    loads += 1;
  });
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) => {
    console.error('refused by policy: ' + event.violatedDirective + ' ' + event.blockedURI);
  })`);
  await page.goto(url);
  return { page, errors, loads: () => loads, close: () => context.close() };
}

/** Lets a page wait for the scripts of a player; returns what waits until they are asked for, and lets them come. */
export async function holdPlayers(page: Page): Promise<{ untilAsked(): Promise<void>; release(): void }> {
  const held: (() => void)[] = [];
  let isHeld = true;
  await page.route(/\/(hls|mpegts)-[^/]*\.js$/, async (route) => {
    if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
    await route.continue();
  });
  return {
    async untilAsked() {
      await until('a player is asked for', () => held.length > 0);
    },
    release() {
      isHeld = false;
      for (const go of held) go();
    },
  };
}

const READING = 'latencyMs glassLatencyMs state protocol decodedFrames droppedFrames stalls'.split(' ');

/** The player page's own numbers (`window.__headwater`), or undefined before it runs. */
export function readPlayer(page: Page): Promise<PlayerReading | undefined> {
  const fields = READING.map((name) => `${name}: hook.${name}`).join();
  return page.evaluate<PlayerReading | undefined>(`(({ __headwater: hook }) => hook && { ${fields} })(window)`);
}

/** Waits until the player says that it is in one of the states. */
export function untilState(page: Page, state: string, timeoutMs = 60_000): Promise<PlayerReading> {
  return until(
    `the player says ${state}`,
    async () => {
      const reading = await readPlayer(page);
      return reading?.state === state ? reading : undefined;
    },
    timeoutMs,
    100,
  );
}

/** Waits until that many pictures were shown since the page was opened. */
export function untilFrames(page: Page, frames: number, timeoutMs = 60_000): Promise<PlayerReading> {
  return until(
    `${frames} frames are shown`,
    async () => {
      const reading = await readPlayer(page);
      return reading && reading.decodedFrames >= frames ? reading : undefined;
    },
    timeoutMs,
    100,
  );
}

/** Waits until that many more pictures were shown, and gives the numbers then. */
export async function untilMoreFrames(page: Page, frames: number, timeoutMs = 60_000): Promise<PlayerReading> {
  const before = (await readPlayer(page))?.decodedFrames ?? 0;
  return untilFrames(page, before + frames, timeoutMs);
}

/** What a player that was put behind said in the same moment, before anything could mend it. */
export type FallenBehind = {
  readonly beforeMs: number;
  readonly lateMs: number;
  /** Waits for a seek of the player's own that makes up more than the given time, and gives the latency behind it. */
  untilJumped(madeUpMs: number, timeoutMs?: number): Promise<number>;
};

/**
 * Plays from further back. A player may mend that within 250 ms, less than a question from outside takes on a busy
 * machine, so the page itself looks: at once, and whenever a seek begins.
 */
export async function fallBehind(page: Page, seconds: number): Promise<FallenBehind> {
  const said = await page.evaluate<{ beforeMs: number; lateMs: number }>(`(() => {
    const { __headwater: hook } = window;
    const video = document.querySelector('video');
    const beforeMs = hook.latencyMs;
    video.currentTime -= ${seconds};
    window.__seekedToMs = [];
    video.addEventListener('seeking', () => window.__seekedToMs.push(hook.latencyMs));
    return { beforeMs, lateMs: hook.latencyMs };
  })()`);
  return {
    ...said,
    untilJumped: (madeUpMs, timeoutMs = 60_000) =>
      until(
        'the player jumps',
        async () => {
          const seekedToMs = await page.evaluate<number[]>('window.__seekedToMs');
          return seekedToMs.find((latencyMs) => latencyMs < said.lateMs - madeUpMs);
        },
        timeoutMs,
      ),
  };
}
