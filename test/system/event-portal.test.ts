import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhookSignature } from '../../src/notify/index.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import {
  type Child,
  type Headwater,
  publishTestPicture,
  start,
  startHeadwater,
  tempDir,
  until,
} from '../support/index.ts';

const PORTAL = fileURLToPath(new URL('../../docs/guides/event-portal/portal.mjs', import.meta.url));
const PLAY_KEY = 'play-key-of-the-portal';
const CALLBACK_KEY = 'callback-key-of-the-portal';

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let portal: Child;
let browser: Browser;
let origin: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  const port = await freePort();
  home = await tempDir('portal');
  origin = `http://127.0.0.1:${port}`;
  server = await startHeadwater({
    rules: {
      domains: [{ name: 'default', play: { auth: { type: 'type_a', key1: PLAY_KEY } } }],
      streams: [{ publish: { waitSeconds: 1 } }],
      callbacks: [{ id: 'portal', url: `${origin}/hooks`, key: CALLBACK_KEY }],
    },
  });
  env = {
    ...process.env,
    ...{ PLAY_URL: server.playback, PLAY_KEY, CALLBACK_KEY, PORT: String(port) },
    ...{ PORTAL_USERS: 'ann:a secret:of ann,bob:another', STATES_FILE: join(home.path, 'states.json') },
  };
  browser = await openBrowser();
  await startPortal();
});

afterAll(async () => {
  await browser?.close();
  await portal?.stop();
  await server?.stop();
  await home?.remove();
});

async function startPortal(): Promise<void> {
  portal = start(process.execPath, [PORTAL], { env });
  await until('the portal runs', () => portal.stdout().includes(origin));
}

async function logIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('Name').fill('ann');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

const stateOf = (page: Page) => page.getByRole('status').textContent();

/** A callback of somebody who may not know the key. */
async function call(type: string, at: Date, key: string): Promise<number> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const data = { app: 'live', stream: 'keynote' };
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
  const signature = webhookSignature({ id: 'msg', timestamp, body }, key);
  const headers = { 'webhook-id': 'msg', 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  return (await fetch(`${origin}/hooks`, { method: 'POST', body, headers })).status;
}

describe('the event portal of the guide', () => {
  it('shows an event to who has logged in: when it begins, the picture, when it is over, without a reload', async () => {
    const { page, errors, loads, close } = await openPage(browser, `${origin}/watch/keynote`);
    expect(page.url()).toBe(`${origin}/login`);
    await logIn(page, 'a secret');
    expect(await page.getByRole('alert').textContent()).toBe('That was not right.');
    await logIn(page, 'a secret:of ann');
    await page.getByRole('link', { name: 'Keynote' }).click();
    await page.getByRole('heading', { name: 'Keynote' }).waitFor();
    expect(await stateOf(page)).toBe('Not on yet');
    const before = loads();

    const publisher = await publishTestPicture(server, 'live/keynote', { fps: 15, gop: 15 });
    await until('it says live', async () => (await stateOf(page)) === 'Live');
    const frame = await until('the player is there', () =>
      page.frames().find((each) => each.url().startsWith(`${server.playback}/live/keynote`)),
    );
    const frames = () => frame.evaluate<number>('window.__headwater?.decodedFrames ?? 0');
    await until('it plays', async () => (await frames()) > 15);

    await publisher.stop();
    await until('it says over', async () => (await stateOf(page)) === 'Over');
    expect(await page.locator('iframe').count()).toBe(0);
    expect(loads() - before).toBe(0);
    expect(errors).toEqual([]);
    await close();
  });

  it('believes nobody without the key, and nothing that happened before', async () => {
    const now = new Date();
    expect(await call('publish', now, 'not the key of the portal')).toBe(401);
    expect(await call('publish', new Date(now.getTime() - 86_400_000), CALLBACK_KEY)).toBe(200);
    expect((await fetch(`${origin}/hooks`, { method: 'POST', body: '{' })).status).toBe(401);
    const { page, close } = await openPage(browser, origin);
    await logIn(page, 'a secret:of ann');
    await page.getByRole('link', { name: 'Keynote' }).click();
    await page.getByRole('heading', { name: 'Keynote' }).waitFor();
    expect(await stateOf(page)).toBe('Over');
    await close();
  });

  it('knows after a restart what was said, and who had logged in logs in again', async () => {
    expect(await call('publish', new Date(), CALLBACK_KEY)).toBe(200);
    await portal.stop();
    await startPortal();
    const { page, close } = await openPage(browser, `${origin}/`);
    await logIn(page, 'a secret:of ann');
    await page.getByRole('link', { name: 'Workshop' }).waitFor();
    expect(await page.getByRole('status').allTextContents()).toEqual(['Live', 'Not on yet']);
    await close();
  });

  it('gives signed addresses to nobody else', async () => {
    for (const path of ['/', '/watch/keynote', '/player/keynote', '/states']) {
      const headers = { cookie: 'session=YW5u.9999999999.forged' };
      const answer = await fetch(`${origin}${path}`, { redirect: 'manual', headers });
      expect([answer.status, answer.headers.get('location')], path).toEqual([303, '/login']);
    }
  });
});
