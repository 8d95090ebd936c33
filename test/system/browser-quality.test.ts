import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { openBrowser, openPage, readPlayer, untilMoreFrames, untilState } from '../support/browser.ts';
import { type Child, type Headwater, publishTestPicture, startHeadwater, until } from '../support/index.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/open-server.ts';

const PLAY_KEY = 'browser-quality-play-key';
const RULES: RulesInput = {
  domains: [OPEN_DOMAIN, { name: 'localhost', play: { auth: { type: 'type_a', key1: PLAY_KEY } } }],
  templates: [
    { name: 'small', video: { shortSide: 180, bitrateKbps: 200, preset: 'ultrafast' } },
    { name: 'tiny', video: { shortSide: 90, bitrateKbps: 80, preset: 'ultrafast' } },
  ],
  streams: [{ match: {}, delivery: { holdSeconds: 20 }, transcode: { templates: ['small', 'tiny'] } }],
};

let server: Headwater;
let browser: Browser;
let publisher: Child;

beforeAll(async () => {
  server = await startHeadwater({ rules: RULES, env: NO_DATABASE });
  browser = await openBrowser();
  const picture = { seconds: 600, fps: 15, gop: 15, size: '480x270', bitrate: '800k' };
  publisher = await publishTestPicture(server, 'live/demo', picture);
});

afterAll(async () => {
  await publisher?.stop();
  await browser?.close();
  await server?.stop();
});

type Quality = { readonly quality?: string; readonly pictureHeight: number; readonly levelSwitches: number };

function qualityOf(page: Page): Promise<Quality> {
  return page.evaluate<Quality>(
    '(({ quality, pictureHeight, levelSwitches }) => ({ quality, pictureHeight, levelSwitches }))(window.__headwater)',
  );
}

async function choose(page: Page, item: RegExp): Promise<void> {
  await page.getByRole('button', { name: /^Quality/ }).click();
  await page.getByRole('menuitemradio', { name: item }).click();
}

const untilShown = (page: Page, height: number) =>
  until(`the picture is ${height} high`, async () => (await qualityOf(page)).pictureHeight === height, 60_000, 100);

/** Counts, at each frame that the browser draws, those at which there is no picture to be seen. */
const countBlack = (page: Page) =>
  page.evaluate(`(() => {
    window.__black = 0;
    const look = () => {
      const video = document.querySelector('video:not(.is-spare)');
      // While it seeks, Chromium shows the picture before.
      const { totalVideoFrames } = video.getVideoPlaybackQuality();
      if (video.videoWidth === 0 || totalVideoFrames === 0) window.__black++;
      requestAnimationFrame(look);
    };
    look();
  })()`);

const opened = (protocol: string) => openPage(browser, `${server.playback}/live/demo?muted=1&protocol=${protocol}`);

describe('the quality menu', () => {
  it.each(['llhls', 'hls'])('switches down and up without a stall by %s', async (protocol) => {
    const { page, errors, close } = await opened(protocol);
    await untilState(page, 'live');
    await untilShown(page, 270);
    await untilMoreFrames(page, 75);
    const before = { ...(await readPlayer(page))!, ...(await qualityOf(page)) };
    await countBlack(page);
    for (const [item, height] of [
      [/^90p/, 90],
      [/^180p/, 180],
      [/^270p/, 270],
      [/^90p/, 90],
      // By the estimate of its own: the line has room for the best.
      [/^Auto/, 270],
    ] as const) {
      await choose(page, item);
      await untilShown(page, height);
      await untilMoreFrames(page, 30);
    }
    const after = { ...(await readPlayer(page))!, ...(await qualityOf(page)) };
    expect(after.levelSwitches - before.levelSwitches).toBeGreaterThanOrEqual(5);
    // The second of buffer that low latency has does not outlast every starved moment of a busy machine.
    expect(after.stalls - before.stalls).toBeLessThanOrEqual(protocol === 'llhls' ? 1 : 0);
    expect(await page.evaluate('window.__black')).toBe(0);
    expect(errors).toEqual([]);
    await close();
  });

  it('goes down by itself where the line becomes narrow, and up again', async () => {
    const { page, close } = await opened('hls');
    await untilShown(page, 270);
    await untilMoreFrames(page, 75);
    const { stalls } = (await readPlayer(page))!;
    const session = await page.context().newCDPSession(page);
    const narrow = (bytesPerSecond: number) =>
      session.send('Network.emulateNetworkConditions', {
        ...{ offline: false, latency: 0, uploadThroughput: -1 },
        downloadThroughput: bytesPerSecond,
      });
    await session.send('Network.enable');
    await narrow(60_000);
    await until('it goes down', async () => (await qualityOf(page)).pictureHeight < 270, 90_000);
    await narrow(-1);
    await untilShown(page, 270);
    expect((await readPlayer(page))?.stalls).toBe(stalls);
    await close();
  });

  it('switches FLV to another stream without a gap', async () => {
    const { page, errors, close } = await opened('flv');
    await untilState(page, 'live');
    await untilMoreFrames(page, 30);
    await page.getByRole('button', { name: 'Quality: 270p' }).waitFor();
    const { stalls } = (await readPlayer(page))!;
    await countBlack(page);
    for (const [item, height] of [
      [/^90p/, 90],
      [/^270p/, 270],
    ] as const) {
      await choose(page, item);
      await untilShown(page, height);
      await untilMoreFrames(page, 30);
    }
    expect(await page.evaluate('window.__black')).toBe(0);
    expect(await readPlayer(page)).toMatchObject({ state: 'live', stalls });
    expect((await qualityOf(page)).levelSwitches).toBe(2);
    expect(errors).toEqual([]);
    await until('one connection is left', async () => (await server.metric('headwater_viewers{protocol="flv"}')) === 1);
    await close();
  });

  it('is used by keyboard alone', async () => {
    const { page, close } = await opened('llhls');
    await untilShown(page, 270);
    await page.getByRole('button', { name: /^Quality/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menu').waitFor();
    expect(await page.getByRole('menuitemradio', { checked: true }).getAttribute('tabindex')).toBe('0');
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    const chosen = page.locator('[role=menuitemradio]:focus');
    await chosen.waitFor();
    await page.keyboard.press('End');
    await chosen.filter({ hasText: '90p' }).waitFor();
    await page.keyboard.press('Enter');
    await untilShown(page, 90);
    await page.getByRole('button', { name: 'Quality: 90p' }).waitFor();
    await close();
  });

  it('is not there where there is nothing to choose', async () => {
    const { page, close } = await openPage(browser, `${server.playback}/live/demo_tiny?muted=1&protocol=llhls`);
    await untilState(page, 'live');
    await untilMoreFrames(page, 30);
    expect(await page.getByRole('button', { name: /^Quality/ }).count()).toBe(0);
    await close();
  });
});
