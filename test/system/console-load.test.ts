import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { openConsole } from '../support/console.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { type Headwater, startHeadwater, until, untilLive } from '../support/index.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/open-server.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';

let server: Headwater;
let browser: Browser;
let flv: MadeFlv;

beforeAll(async () => {
  // Whatever the machine does, that much of its memory is used.
  const env = { ...NO_DATABASE, HEADWATER_OVERLOAD_MEMORY_PERCENT: '1' };
  [server, browser, flv] = await Promise.all([
    startHeadwater({ rules: { domains: [OPEN_DOMAIN] }, env }),
    openBrowser(),
    makeFlv({ seconds: 4, gop: 30, size: '160x90' }),
  ]);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop('SIGKILL');
  await flv?.remove();
});

it('an operator sees what the node does without, drains it and takes it back', async () => {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/here' });
  const playing = playForEver(publisher, flv.tags);
  await untilLive(server, 'live/here');
  const { page, errors, close } = await openConsole(browser, server, 'load');
  const memory = page.locator('.load-measures li', { hasText: 'Memory' });
  await memory.getByText(/does without something from 1 %/).waitFor();
  const done = page.locator('.load-levels li', { hasText: 'done without' });
  await until('it does without something', async () => (await done.count()) > 0);

  await page.getByRole('button', { name: 'Drain' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Within (seconds)').fill('600');
  await dialog.getByRole('button', { name: 'Drain' }).click();
  await page.getByText('1 of 1 still here').waitFor();
  await page.getByText(/^5\d\d s$/).waitFor();
  expect((await server.api<{ state: string }>('/drain')).state).toBe('draining');
  await page.getByRole('button', { name: 'Take it back' }).click();
  await page.getByText('In service').waitFor();
  expect((await server.api<{ state: string }>('/drain')).state).toBe('serving');
  expect(publisher.isClosed).toBe(false);

  await page.goto(page.url().replace(/load$/, 'overview'));
  await page.getByText(/This node has too much to do and does without something: .*previews/).waitFor();
  expect(errors).toEqual([]);
  await close();
  await playing.stop();
}, 180_000);
