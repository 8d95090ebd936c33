import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, openPage, untilState } from '../support/browser.ts';
import { type Child, type Headwater, publishTestPicture, until } from '../support/index.ts';
import { openServer } from '../support/open-server.ts';

/** Seven parts of four pictures, and one of two, which is 133 ms: evened out, some had less than 85 % of the others. */
const PICTURE = { seconds: 300, fps: 15, gop: 30 };
const LAST_PART = 7;
const SEGMENTS = 15;

let server: Headwater;
let browser: Browser;
let publisher: Child;

beforeAll(async () => {
  [server, browser] = await Promise.all([openServer(), openBrowser()]);
  publisher = await publishTestPicture(server, 'live/show', PICTURE);
});

afterAll(async () => {
  await browser?.close();
  await publisher?.stop('SIGKILL');
  await server?.stop();
});

/** As on a phone: the last part is often listed while the one before it is being parsed. */
it('the last part of each segment is asked for, however short, on a slow machine behind a long line', async () => {
  const { page, errors, close } = await openPage(browser, 'about:blank');
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  const line = { offline: false, latency: 50, downloadThroughput: 2_500_000, uploadThroughput: 2_500_000 };
  await devtools.send('Network.emulateNetworkConditions', line);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const asked = new Map<number, Set<number>>();
  page.on('request', (request) => {
    const [, segment, part] = /\/(\d+)\.(\d+)\.m4s/.exec(request.url()) ?? [];
    if (segment === undefined) return;
    const parts = asked.get(Number(segment)) ?? new Set();
    asked.set(Number(segment), parts.add(Number(part)));
  });
  await page.goto(`${server.playback}/live/show?muted=1&protocol=llhls`);
  await untilState(page, 'live');
  await until('segments have gone by', () => asked.size > SEGMENTS, 120_000);
  const cut = [...asked.values()]
    .slice(0, SEGMENTS)
    .filter((parts) => parts.has(LAST_PART - 1) && !parts.has(LAST_PART));
  expect([cut, errors]).toEqual([[], []]);
  await close();
});
