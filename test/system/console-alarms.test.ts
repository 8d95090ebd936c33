import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { openConsole, seriousFindings } from '../support/console.ts';
import { type Headwater, publishTestPicture, startHeadwater, until } from '../support/index.ts';
import { NO_DATABASE } from '../support/open-server.ts';

const SHOW = { match: { domain: 'default', app: 'live', stream: 'show' } };

let server: Headwater;
let browser: Browser;

beforeAll(async () => {
  const quick = { holdSeconds: 1, clearSeconds: 1 };
  const rules = {
    domains: [{ name: 'default', play: { auth: { type: 'type_a' as const, key1: 'a'.repeat(32) } } }],
    streams: [{ ...SHOW, alarms: { expected: 'always' as const, offlineSeconds: 1 } }],
    streamKeys: [],
    alarmPolicies: [
      { name: 'STREAM_OFFLINE' as const, ...quick },
      { name: 'DATABASE_DOWN' as const, ...quick },
    ],
  };
  [server, browser] = await Promise.all([startHeadwater({ rules, env: NO_DATABASE }), openBrowser()]);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

it('the overview lists open alarms, the most severe first, with where they are and what to do', async () => {
  await until('both are raised', async () => {
    const { alarms } = await server.api<{ alarms: object[] }>('/alarms?state=open');
    return alarms.length === 2;
  });
  const { page, errors, close } = await openConsole(browser, server, '', { viewport: { width: 1440, height: 900 } });
  const list = page.locator('section', { has: page.getByRole('heading', { name: 'Needs your attention' }) });
  await list.getByText('An expected stream is not live').waitFor();
  expect(await list.locator('li a[href*="#alarm-"]').allTextContents()).toEqual([
    'An expected stream is not live',
    'The database cannot be reached',
  ]);
  expect(await page.getByText('Nothing needs your attention.').count()).toBe(0);
  expect(await list.locator('a[href$="alarms/runbooks/STREAM_OFFLINE"]').count()).toBe(1);
  expect(await seriousFindings(page)).toEqual([]);
  await list.getByRole('link', { name: 'The database cannot be reached' }).click();
  await until('the alarm has the focus', () =>
    page.evaluate<boolean>(`document.activeElement.textContent.includes('The database cannot be reached')`),
  );
  await page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click();
  await list.getByText('An expected stream is not live').waitFor();
  const encoder = await publishTestPicture(server, 'live/show');
  await list.getByText('An expected stream is not live').waitFor({ state: 'detached' });
  await encoder.stop('SIGKILL');
  expect(errors).toEqual([]);
  await close();
});
