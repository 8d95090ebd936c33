import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenPage, openBrowser, openPage, untilFrames } from '../support/browser.ts';
import { type Child, type Headwater, start, until } from '../support/index.ts';
import { openServer } from '../support/open-server.ts';

/** Where pictures of the page go, for people. */
const SHOTS = process.env.SHOTS_DIR;
const RULE = {
  match: {},
  hls: { windowSegments: 20, segmentSeconds: 2, always: true },
  snapshot: { enabled: true, everySeconds: 5, overwrite: '', sprite: true },
};
/** A second of the stream is so much more of red. */
const RED_PER_SECOND = 8;
const TILE_SECONDS = 5;

let server: Headwater;
let browser: Browser;
let publisher: Child;

beforeAll(async () => {
  server = await openServer([RULE]);
  const red = `mod(${RED_PER_SECOND}*T,256)`;
  const source = `color=black:size=320x180:rate=10,format=rgb24,geq=r='${red}':g=80:b=160`;
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-pix_fmt', 'yuv420p'];
  const args = ['-v', 'error', '-re', '-f', 'lavfi', '-i', source, '-t', '900', ...encoder, '-f', 'flv'];
  publisher = start('ffmpeg', [...args, `${server.rtmp}/live/ramp`]);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await publisher?.stop('SIGKILL');
  await server?.stop();
});

const bar = (page: Page) => page.getByRole('slider', { name: 'Position' });
const words = async (page: Page) => (await bar(page).getAttribute('aria-valuetext')) ?? '';

/** How far behind the newest the knob stands, in seconds. */
async function behindS(page: Page): Promise<number> {
  const [, minutes, seconds] = /−(\d+):(\d+)/.exec(await words(page)) ?? [];
  return seconds === undefined ? 0 : Number(minutes) * 60 + Number(seconds);
}

async function windowS(page: Page): Promise<number> {
  if ((await bar(page).count()) === 0) return 0;
  return Number(await bar(page).getAttribute('aria-valuemax'));
}

async function placeOn(page: Page, share: number): Promise<[number, number]> {
  const box = await bar(page).boundingBox();
  if (!box) throw new Error('there is no bar');
  return [box.x + share * box.width, box.y + box.height / 2];
}

/** The red of what the video shows, and of the tile, where one is shown. */
const REDS = `(async () => {
  const context = document.createElement('canvas').getContext('2d');
  const redAt = (image, x, y) => {
    context.drawImage(image, x, y, 40, 40, 0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data[0];
  };
  const video = redAt(document.querySelector('video:not(.is-spare)'), 100, 100);
  const tile = document.querySelector('.scrub-tile');
  if (!tile) return { video };
  const image = new Image();
  image.src = /url\\("(.*)"\\)/.exec(tile.style.backgroundImage)[1];
  await image.decode();
  const [x, y] = tile.style.backgroundPosition.split(' ').map((each) => -Number.parseFloat(each));
  return { video, tile: redAt(image, x + 40, y + 40) };
})()`;
const reds = (page: Page) => page.evaluate<{ video: number; tile?: number }>(REDS);

const ofVideo = (page: Page, field: string) =>
  page.evaluate<number>(`Number(document.querySelector('video:not(.is-spare)').${field})`);

/** How many seconds of the stream lie between two of its reds. */
const secondsBetween = (later: number, earlier: number) =>
  ((((later - earlier) % 256) + 256 + 40) % 256) / RED_PER_SECOND - 40 / RED_PER_SECOND;

async function shoot(page: Page, name: string): Promise<void> {
  if (!SHOTS) return;
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

const open = (query: string) => openPage(browser, `${server.playback}/live/ramp?muted=1&${query}`);

describe('the scrub bar', () => {
  let opened: OpenPage;
  let page: Page;

  beforeAll(async () => {
    opened = await open('protocol=llhls');
    page = opened.page;
    await untilFrames(page, 10, 90_000);
    await until('the window is 24 s long', async () => (await windowS(page)) >= 24, 120_000);
  }, 240_000);
  afterAll(() => opened?.close());

  it('shows under the pointer what is there, and a press goes there', async () => {
    const place = await placeOn(page, 0.4);
    await page.mouse.move(...place);
    await until('there is a tile', async () => (await reds(page)).tile !== undefined, 60_000);
    await shoot(page, 'hover');
    const { tile } = await reds(page);
    await page.mouse.down();
    await page.mouse.up();
    await until('the viewer is back', async () => (await behindS(page)) >= 8, 30_000);
    const ahead = await until('the picture is there', async () => {
      const video = (await reds(page)).video;
      const seconds = secondsBetween(video, tile!);
      return seconds > -2 && seconds < TILE_SECONDS + 8 ? { seconds } : undefined;
    });
    expect(ahead.seconds).toBeLessThan(TILE_SECONDS + 8);
    await shoot(page, 'back');
  });

  it('leaves a viewer who went back there, until he goes to the newest', async () => {
    await until('it plays on', async () => (await ofVideo(page, 'paused')) === 0);
    const from = await ofVideo(page, 'currentTime');
    await until('six seconds passed', async () => (await ofVideo(page, 'currentTime')) > from + 6, 60_000);
    expect(await behindS(page)).toBeGreaterThanOrEqual(8);
    expect(await ofVideo(page, 'playbackRate')).toBe(1);
    await page.getByRole('button', { name: 'Live' }).click();
    await until('it is live', async () => (await behindS(page)) <= 2, 30_000);
  });

  it('goes back by key and by finger', async () => {
    await bar(page).focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await until('it is back', async () => (await behindS(page)) >= 6, 30_000);
    await page.keyboard.press('End');
    await until('it is live', async () => (await behindS(page)) <= 2, 30_000);
    await page.mouse.move(...(await placeOn(page, 0.95)));
    await page.mouse.down();
    await page.mouse.move(...(await placeOn(page, 0.3)), { steps: 5 });
    expect(await page.locator('.scrub.is-dragging').count()).toBe(1);
    await page.mouse.up();
    await until('it is back', async () => (await behindS(page)) >= 10, 30_000);
    expect(opened.errors).toEqual([]);
  });

  it('is not there for FLV', async () => {
    const flv = await open('protocol=flv');
    await untilFrames(flv.page, 10, 90_000);
    expect(await bar(flv.page).count()).toBe(0);
    await flv.close();
  });
});
