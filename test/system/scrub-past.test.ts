import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenPage, openBrowser, openPage, untilFrames, untilState } from '../support/browser.ts';
import { type Child, type Headwater, start, until } from '../support/index.ts';
import { openServer } from '../support/open-server.ts';
import { untilLive } from '../support/publish.ts';
import { type SteppedClock, steppedClock } from '../support/stepped-clock.ts';

/** Where pictures of the page go, for people. */
const SHOTS = process.env.SHOTS_DIR;
const DAY_MS = 86_400_000;
const RULE = {
  match: {},
  hls: { windowSegments: 5, segmentSeconds: 1, endedSeconds: 1 },
  timeShift: { enabled: true, days: 7, nearSeconds: 4 },
  snapshot: { enabled: true, everySeconds: 5, overwrite: '', sprite: true },
};
/** A second of the stream is so much more of red. */
const RED_PER_SECOND = 4;
/** What a publication shows of green, which tells which one it is. */
const [OLD, NEW] = [60, 160];
const OLD_SECONDS = 14;

let server: Headwater;
let clock: SteppedClock;
let browser: Browser;
const publishers: Child[] = [];
/** When the newer publication began. */
let newMs = 0;

beforeAll(async () => {
  clock = await steppedClock();
  await clock.set((-3 * DAY_MS) / 1000);
  server = await openServer([RULE], { env: clock.env });
  const old = [publish('ramp', OLD, OLD_SECONDS), publish('gone', OLD, OLD_SECONDS)];
  await untilLive(server, 'live/ramp');
  await Promise.all(old.map(({ exited }) => exited));
  await until('the archive is whole', async () => (await keptS('ramp')) >= OLD_SECONDS - 1, 60_000);
  await clock.set(0);
  publishers.push(publish('ramp', NEW, 900));
  await untilLive(server, 'live/ramp');
  newMs = Date.now();
  browser = await openBrowser();
}, 240_000);

afterAll(async () => {
  await browser?.close();
  for (const publisher of publishers) await publisher.stop('SIGKILL');
  await server?.stop();
  await clock?.remove();
});

function publish(name: string, green: number, seconds: number): Child {
  const red = `mod(${RED_PER_SECOND}*T,256)`;
  const source = `color=black:size=320x180:rate=10,format=rgb24,geq=r='${red}':g=${green}:b=160`;
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-pix_fmt', 'yuv420p'];
  const args = ['-v', 'error', '-re', '-f', 'lavfi', '-i', source, '-t', String(seconds), ...encoder, '-f', 'flv'];
  return start('ffmpeg', [...args, `${server.rtmp}/live/${name}`]);
}

type Timeline = { readonly current: number; readonly timeline: readonly { start: number; end: number }[] };

async function keptS(name: string): Promise<number> {
  const query = `aliyunols=on&app=live&stream=${name}&format=ts`;
  const { timeline } = (await (await fetch(`${server.playback}/openapi/timeline/query?${query}`)).json()) as Timeline;
  return timeline.reduce((sum, span) => sum + span.end - span.start, 0);
}

const bar = (page: Page) => page.getByRole('slider', { name: 'Position' });
const words = async (page: Page) => (await bar(page).getAttribute('aria-valuetext')) ?? '';

/** How far behind the newest the knob stands, in seconds; less than a day. */
async function behindS(page: Page): Promise<number> {
  const [, hours = '0', minutes, seconds] = /−(?:(\d+):)?(\d+):(\d+)$/.exec(await words(page)) ?? [];
  return seconds === undefined ? 0 : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

async function pointAt(page: Page, share: number): Promise<void> {
  const box = await bar(page).boundingBox();
  if (!box) throw new Error('there is no bar');
  await page.mouse.move(box.x + share * box.width, box.y + box.height / 2);
}

async function pressAt(page: Page, share: number): Promise<void> {
  await pointAt(page, share);
  await page.mouse.down();
  await page.mouse.up();
}

type Seen = {
  readonly red: number;
  readonly green: number;
  readonly wallMs: number | null;
  readonly isBehind: boolean;
};

/** What the picture shows, and when the page says that was; looked at in one moment. */
const SEEN = `(() => {
  const context = document.createElement('canvas').getContext('2d');
  context.drawImage(document.querySelector('video:not(.is-spare)'), 100, 100, 40, 40, 0, 0, 1, 1);
  const [red, green] = context.getImageData(0, 0, 1, 1).data;
  const { wallMs = null, isBehind } = window.__headwater;
  return { red, green, wallMs, isBehind };
})()`;
const seen = (page: Page) => page.evaluate<Seen>(SEEN);

/** The green of the small picture over the bar; undefined where there is none. */
const PREVIEWED = `(async () => {
  const tile = document.querySelector('.scrub-tile');
  if (!tile) return undefined;
  const image = new Image();
  image.src = /url\\("(.*)"\\)/.exec(tile.style.backgroundImage)[1];
  await image.decode();
  const [x, y] = tile.style.backgroundPosition.split(' ').map((each) => -Number.parseFloat(each));
  const context = document.createElement('canvas').getContext('2d');
  context.drawImage(image, x + 40, y + 40, 20, 20, 0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data[1];
})()`;

/** Waits until the small picture is of the publication that shows so much of green. */
const untilPreviewed = (page: Page, green: number) =>
  until(
    `there is a small picture, ${green} green`,
    async () => Math.abs(((await page.evaluate<number | undefined>(PREVIEWED)) ?? 1000) - green) < 12,
    60_000,
  );

/** Looks 20 times a second whether there is a picture where one is to be seen. */
const WATCH = `(() => {
  window.__flashes = [];
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  setInterval(() => {
    const video = document.querySelector('video:not(.is-spare)');
    context.clearRect(0, 0, 1, 1);
    if (video.readyState >= 2) context.drawImage(video, 100, 100, 40, 40, 0, 0, 1, 1);
    const [, green, , alpha] = context.getImageData(0, 0, 1, 1).data;
    // A video that is seeking shows its last picture, which can't be drawn.
    if (!video.seeking && (alpha < 255 || green < 30)) window.__flashes.push({ green, alpha, readyState: video.readyState });
  }, 50);
})()`;
const flashes = (page: Page) => page.evaluate<unknown[]>('window.__flashes');

/** The second of the newer publication that a picture is from, next to where the wall clock says that it is. */
function secondOf({ red, wallMs }: Seen): { readonly shown: number; readonly told: number } {
  const told = ((wallMs ?? 0) - newMs) / 1000;
  const turn = 256 / RED_PER_SECOND;
  const shown = red / RED_PER_SECOND;
  return { shown: shown + Math.round((told - shown) / turn) * turn, told };
}

const isPlayed = (page: Page) =>
  page.evaluate<boolean>(`(({ paused, readyState }) => !paused && readyState >= 2)
    (document.querySelector('video:not(.is-spare)'))`);

async function shoot(page: Page, name: string): Promise<void> {
  if (!SHOTS) return;
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

const open = (name: string, query = '', options = {}) =>
  openPage(browser, `${server.playback}/live/${name}?muted=1${query}`, options);

describe('the scrub bar over days', () => {
  let opened: OpenPage;
  let page: Page;
  /** Between the seconds of the publication and this test's count of them. */
  let zero = 0;

  beforeAll(async () => {
    opened = await open('ramp');
    page = opened.page;
    await untilFrames(page, 10, 90_000);
    await until(
      'the bar has what was archived',
      async () => (await bar(page).getAttribute('aria-valuemax'))! > '200000',
    );
    await until('the newer publication is long enough', async () => (await keptS('ramp')) > OLD_SECONDS + 30, 120_000);
    const { shown, told } = secondOf(await seen(page));
    zero = shown - told;
    await page.evaluate(WATCH);
  }, 300_000);
  afterAll(() => opened?.close());

  /** Waits until the picture is of about a moment that lies so far behind, and is what the page says that it is. */
  const untilBehind = (leastS: number, mostS: number) =>
    until(
      `the picture is ${leastS} to ${mostS} s behind`,
      async () => {
        const now = await seen(page);
        const behind = (Date.now() - (now.wallMs ?? 0)) / 1000;
        const { shown, told } = secondOf(now);
        const isAsTold = Math.abs(shown - told - zero) < 1.5;
        return behind >= leastS && behind <= mostS && isAsTold && (await isPlayed(page))
          ? { ...now, behind }
          : undefined;
      },
      60_000,
      100,
    );

  it('shows all that was kept, at a length that can be chosen', async () => {
    expect(await words(page)).toBe('Live');
    const zooms = page.getByRole('group', { name: 'Time that the bar shows' }).getByRole('button');
    expect(await zooms.allTextContents()).toEqual(['30 min', '6 h', '24 h', 'All']);
    expect(await page.locator('.scrub-kept').count()).toBe(1);
    await shoot(page, 'past-live-960');
    await page.getByRole('button', { name: 'All' }).click();
    expect(await page.locator('.scrub-kept').count()).toBe(2);
    await pointAt(page, 0.5);
    expect(await page.locator('.scrub-preview').textContent()).toContain('Nothing kept');
    await shoot(page, 'past-gap-960');
    await pointAt(page, 0);
    await untilPreviewed(page, OLD);
    await shoot(page, 'past-preview-960');
    await pointAt(page, 0.9999);
    await untilPreviewed(page, NEW);
    await page.getByRole('button', { name: '30 min' }).click();
  });

  it('goes back twenty seconds and stays so far behind', async () => {
    await pressAt(page, 1 - 20 / 1800);
    const { behind } = await untilBehind(14, 30);
    await page.getByText('Time shift').waitFor();
    await shoot(page, 'past-back-960');
    const from = (await seen(page)).wallMs!;
    await until('six seconds passed', async () => (await seen(page)).wallMs! > from + 6000, 60_000);
    const later = await untilBehind(14, 34);
    expect(Math.abs(later.behind - behind)).toBeLessThan(3);
    expect(await flashes(page)).toEqual([]);
  });

  it('goes on after a pause where it was, though the playlist is beyond that', async () => {
    await page.getByRole('button', { name: 'Pause' }).click();
    const paused = await until('it is paused', async () => ((await isPlayed(page)) ? undefined : seen(page)));
    const before = await behindS(page);
    await until('twelve seconds passed', async () => (await behindS(page)) >= before + 12, 60_000);
    await page.getByRole('toolbar').getByRole('button', { name: 'Play' }).click();
    const { wallMs } = await untilBehind(25, 60);
    expect(wallMs! - paused.wallMs!).toBeGreaterThan(-1500);
    expect(wallMs! - paused.wallMs!).toBeLessThan(8000);
    expect(await flashes(page)).toEqual([]);
  });

  it('goes by key, and back to live', async () => {
    const { wallMs } = await seen(page);
    await bar(page).focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await until('it is ten seconds further back', async () => (await seen(page)).wallMs! < wallMs! - 3000, 30_000, 50);
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await until('it is live', async () => !(await seen(page)).isBehind && (await words(page)) === 'Live', 60_000);
    await untilBehind(-2, 8);
    expect(await flashes(page)).toEqual([]);
  });

  it('goes three days back, and from there over the gap by itself', async () => {
    await bar(page).focus();
    await page.keyboard.press('Home');
    await until('it plays what is old', async () => (await seen(page)).green < (OLD + NEW) / 2, 60_000);
    expect(await words(page)).toMatch(/^\w{3} \d+ \w{3}, \d\d:\d\d:\d\d, −(2 d 23 h|3 d)$/);
    await shoot(page, 'past-days-960');
    await until('it plays what is newer', async () => (await seen(page)).green > (OLD + NEW) / 2, 90_000);
    expect((await seen(page)).wallMs).toBeLessThan(newMs + 20_000);
    await page.keyboard.press('End');
    await until('it is live', async () => !(await seen(page)).isBehind, 60_000);
    expect(await flashes(page)).toEqual([]);
    expect(opened.errors).toEqual([]);
    expect(opened.loads()).toBe(1);
  });
});

describe('the scrub bar over days, elsewhere', () => {
  it('is there for FLV too, which comes back with live', async () => {
    const { page, errors, close } = await open('ramp', '&protocol=flv');
    await untilFrames(page, 10, 90_000);
    await until('there is a bar', async () => (await bar(page).count()) === 1, 30_000);
    await pointAt(page, 0.99);
    await untilPreviewed(page, NEW);
    await pressAt(page, 0.9);
    await until('it plays the past', async () => (await seen(page)).wallMs !== null && (await isPlayed(page)), 60_000);
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await until('FLV is back', async () => (await seen(page)).wallMs === null && (await isPlayed(page)), 60_000);
    expect(errors).toEqual([]);
    await close();
  });

  it.each(SHOTS ? [390, 1440] : [390])(
    'plays what was kept of a stream that is not live, %d px wide',
    async (width) => {
      const { page, errors, close } = await open('gone', '', { viewport: { width, height: 844 } });
      await untilState(page, 'waiting');
      const offer = page.getByRole('button', { name: /^Watch again from/ });
      await offer.waitFor();
      await pointAt(page, 0.5);
      await untilPreviewed(page, OLD);
      await shoot(page, `past-gone-${width}`);
      await offer.click();
      await untilFrames(page, 20, 60_000);
      expect((await seen(page)).green).toBeLessThan((OLD + NEW) / 2);
      await shoot(page, `past-gone-playing-${width}`);
      await untilState(page, 'ended');
      expect(errors).toEqual([]);
      await close();
    },
  );

  if (SHOTS)
    it.each([390, 1440])('can be looked at, %d px wide', async (width) => {
      const { page, close } = await open('ramp', '', { viewport: { width, height: width < 600 ? 844 : 900 } });
      await untilFrames(page, 10, 90_000);
      await until('there is a bar', async () => (await bar(page).count()) === 1, 30_000);
      await pointAt(page, 0.8);
      await shoot(page, `past-half-hour-${width}`);
      await page.getByRole('button', { name: 'All' }).click();
      await pointAt(page, 0.3);
      await shoot(page, `past-all-${width}`);
      await pressAt(page, 0);
      await until('it plays the past', async () => (await seen(page)).green < (OLD + NEW) / 2, 60_000);
      await pointAt(page, 0);
      await untilPreviewed(page, OLD);
      await shoot(page, `past-deep-${width}`);
      await close();
    });
});
