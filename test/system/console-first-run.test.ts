import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenPage, openBrowser } from '../support/browser.ts';
import { CallbackReceiver } from '../support/callback-receiver.ts';
import { openConsole } from '../support/console.ts';
import { type Child, type Headwater, publishTestPicture, startHeadwater, until } from '../support/index.ts';

/** As on a machine of its own: playback is there for others, so that it is worth signing. */
const ENVIRONMENT = { HEADWATER_PLAYBACK_HOST: '0.0.0.0' };
const PICTURE = { seconds: 900, fps: 20, gop: 20 };

let server: Headwater;
let browser: Browser;
let receiver: CallbackReceiver;
let publisher: Child | undefined;

beforeAll(async () => {
  receiver = await CallbackReceiver.start();
  [server, browser] = await Promise.all([startHeadwater({ env: ENVIRONMENT }), openBrowser()]);
  await until('the database is ready', async () => {
    const { database } = await server.api<{ database: { state: string } }>('/health');
    return database.state === 'ready';
  });
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await publisher?.stop('SIGKILL');
  await server?.stop();
  await receiver?.down();
});

describe('a new operator with no manual', () => {
  let opened: OpenPage;
  let page: Page;
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

  beforeAll(async () => {
    opened = await openConsole(browser, server, '', { viewport: { width: 1440, height: 1200 } });
    page = opened.page;
  });
  afterAll(async () => {
    expect(opened?.errors).toEqual([]);
    await opened?.close();
  });

  it('reads in Chinese what is not safe yet', async () => {
    await page.getByText('Anyone who reaches the playback port may watch. Domains: default.').waitFor();
    await press('中文');
    await page.getByText('能访问播放端口的人都可以观看。域名：default。').waitFor();
    await press('English');
  });

  it('signs playback, transcodes, records and is told, by a button each', async () => {
    await press('Sign playback');
    await page.getByText('Playback is signed.').waitFor();
    await press('Make renditions of every stream');
    await page.getByText('Renditions are made.').waitFor();
    await press('Record every stream');
    await page.getByText('Streams are recorded.').waitFor();
    await press('Keep recordings in the library');
    await page.getByText('Recordings come into the library.').waitFor();
    await page.getByLabel('Address of your server').fill(receiver.url('hook'));
    await press('Tell it');
    await page.getByText('A server is told.').waitFor();
    await page.getByRole('textbox', { name: 'The key of its signatures' }).waitFor();
    const { streamRules } = await server.api<{ streamRules: { record: object; transcode: object }[] }>('/stream-rules');
    expect(streamRules).toMatchObject([
      { record: { enabled: true, assets: { as: 'files' } }, transcode: { templates: ['lhd', 'lsd'] } },
    ]);
  });

  it('sees the stream live, recorded, and is told of it', async () => {
    publisher = await publishTestPicture(server, 'live/demo', PICTURE);
    await page.getByText('live/demo is live.').waitFor();
    await until('the receiver was told', () => receiver.told().length > 0);
    expect((await fetch(`${server.playback}/live/demo.m3u8`)).status).toBe(403);
    await page.getByRole('link', { name: 'Watch live/demo' }).click();
    await page.getByText('REC', { exact: true }).waitFor();
  });

  it('watches a rendition of it, though playback is signed', async () => {
    await press('Play');
    await page.getByRole('group', { name: 'Renditions' }).getByRole('button', { name: 'lsd' }).click();
    await until('the rendition plays', () =>
      page.evaluate<boolean>(`document.querySelector('.screen video:not(.is-spare)').currentTime > 0.5 &&
        performance.getEntriesByType('resource').some(({ name }) => name.includes('/live/demo_lsd'))`),
    );
    const row = page.getByRole('table', { name: 'Renditions' }).getByRole('row').filter({ hasText: 'lsd' });
    await row.getByText('live', { exact: true }).waitFor();
    await press('Stop');
  });

  it('finds a setting of the node, and who set it', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Node settings' }).click();
    await page.getByLabel('Find a setting').fill('playback host');
    const setting = page.getByRole('listitem').filter({ hasText: 'playback.host' });
    await setting.getByText('0.0.0.0').waitFor();
    await setting.getByText('from the environment').waitFor();
    expect(await page.locator('.setting').count()).toBeLessThan(5);
  });

  it('finds playback signed on the page of the domain, with the next key', async () => {
    await page.goto(page.url().replace(/\/console\/.*/, '/console/domains/default'));
    await press('Next step for Play URLs');
    await page.getByText('A new backup key is there.').waitFor();
  });
});
