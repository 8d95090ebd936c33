import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  apsaraCallback,
  callbackSender,
  type Endpoint,
  type StreamEvent,
  standardWebhook,
} from '../../src/notify/index.ts';
import { openPage } from '../support/browser.ts';
import { type Child, start, until } from '../support/index.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/callback-receiver.ts', import.meta.url));
const KEY = '0123456789abcdef0123';
const sender = callbackSender();
let receiver: Child;
let browser: Browser;
let url = '';

const event: StreamEvent = {
  id: 'first',
  kind: 'publish',
  sessionId: 's1',
  domain: 'play.example.com',
  ingestDomain: 'push.example.com',
  app: 'live',
  stream: '<img src=x onerror=alert(1)>',
  atMs: Date.now(),
  data: { query: 'a=<script>alert(2)</script>', width: 1280, height: 720 },
};

async function send(fields: Partial<StreamEvent>, form: Endpoint['form'], key: string | undefined): Promise<number> {
  const endpoint: Endpoint = { id: 'e', url: `${url}/${form}`, form, key, setBy: 'administrator' };
  const make = form === 'apsara' ? apsaraCallback : standardWebhook;
  const callback = make({ ...event, ...fields }, endpoint, Date.now());
  return (await sender.send(callback, 'administrator', AbortSignal.timeout(10_000))).status;
}

beforeAll(async () => {
  const args = ['--port', '0', '--key', KEY, '--fail', '1', '--status', '503'];
  receiver = start(process.execPath, ['--import', 'tsx', SCRIPT, ...args]);
  url = await until(
    'the receiver says where it is',
    async () => /shown at (http:\/\/[\d.:]+)\//.exec(receiver.stdout())?.[1],
    30_000,
  );
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
});

afterAll(async () => {
  await browser?.close();
  await receiver?.stop();
  await sender.close();
});

describe('the page of the callback receiver', () => {
  it.each([
    ['on a desktop', 1440, 'light'],
    ['on a phone', 390, 'dark'],
  ] as const)('shows callbacks as they come %s', async (name, width, colorScheme) => {
    const { page, errors, close } = await openPage(browser, url, { viewport: { width, height: 800 }, colorScheme });
    await page.locator('#state[data-state=live]').waitFor();
    const rows = page.locator('#list li');
    const before = await rows.count();
    const id = (kind: string) => `${name} ${kind}`;
    const tries = () => send({ id: id('publish') }, 'json', KEY);
    expect([await tries(), await tries()]).toEqual([503, 200]);
    await send({ id: id('wrong'), kind: 'publish_done', atMs: event.atMs + 1000 }, 'apsara', 'no such key at all');
    await send({ id: id('bare'), kind: 'stream_ended', atMs: event.atMs - 1000 }, 'json', undefined);
    await until('four more rows', async () => (await rows.count()) === before + 4 || undefined, 30_000);
    const words = await Promise.all((await rows.all()).slice(0, 4).map((row) => row.textContent()));
    const said = words.map((text) => (text ?? '').replace(/\s+/g, ' '));
    expect(said[0]).toMatch(/stream_ended .*out of order.*unsigned|unsigned.*stream_ended .*out of order/);
    expect(said[1]).toMatch(/publish_done/);
    expect(said[1]).toMatch(/wrong/);
    expect(said[2]).toMatch(/try 2/);
    expect(said[3]).toMatch(/answered 503/);
    for (const text of said) expect(text).toContain('live / <img src=x onerror=alert(1)>');
    await rows.first().locator('summary').click();
    await rows.nth(1).locator('summary').click();
    await rows.nth(1).getByText('push.example.com|').waitFor();
    expect(await page.locator('img, #list script').count()).toBe(0);
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    await rows.first().locator('dt').first().waitFor();
    await page.locator('#filter').fill('stream_ended');
    expect(await rows.filter({ visible: true }).count()).toBe(before / 4 + 1);
    expect(errors).toEqual([]);
    await close();
  });

  it('is a program that says what comes, and ends when told', async () => {
    expect(receiver.stdout()).not.toContain(KEY);
    expect(receiver.stdout()).toMatch(/#1 publish live\/<img .*: valid, answered 503\n/);
    expect(await receiver.stop()).toBe(0);
  });
});
