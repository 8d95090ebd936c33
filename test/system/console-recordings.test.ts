import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenPage, openBrowser } from '../support/browser.ts';
import { openConsole } from '../support/console.ts';
import { type Child, type Headwater, publishTestPicture, until } from '../support/index.ts';
import { openServer } from '../support/open-server.ts';

const FORMATS = ['mp4', 'flv', 'm3u8', 'cmaf'] as const;
const object = (format: string) =>
  `record/{AppName}/{StreamName}/${format}_{Sequence}_{EscapedStartTime}_{EscapedEndTime}`;
const formats = FORMATS.map((format) => ({ format, cycleSeconds: 3600, object: object(format) }));
const RULES = [{ match: {}, timeShift: { enabled: true }, record: { enabled: true, formats } }];

type Listed = { readonly recordings: readonly { readonly stream: string; readonly format: string }[] };

let server: Headwater;
let browser: Browser;
let publisher: Child;
const listed = async () => (await server.api<Listed>('/recordings?stream=show')).recordings;

beforeAll(async () => {
  server = await openServer(RULES);
  browser = await openBrowser();
  publisher = await publishTestPicture(server, 'live/show', { seconds: 900, fps: 20, gop: 20 });
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await publisher?.stop('SIGKILL');
  await server?.stop();
});

describe('recordings in the console', () => {
  let opened: OpenPage;
  let page: Page;

  beforeAll(async () => {
    opened = await openConsole(browser, server, 'recordings', { viewport: { width: 1440, height: 900 } });
    page = opened.page;
  });
  afterAll(() => opened?.close());

  it('says that there are none, and lists those that come', async () => {
    await page.getByText('Nothing has been recorded yet').waitFor();
    await page.goto(page.url().replace('recordings', 'streams/default/live/show'));
    await page.getByText('REC', { exact: true }).waitFor();
    await until('some seconds are kept', async () => {
      const query = 'aliyunols=on&app=live&stream=show&format=ts';
      const answer = await fetch(`${server.playback}/openapi/timeline/query?${query}`);
      if (!answer.ok) return false;
      const { timeline } = (await answer.json()) as { timeline: { start: number; end: number }[] };
      return timeline.reduce((sum, span) => sum + span.end - span.start, 0) > 4;
    });
    await page.getByRole('button', { name: 'Stop recording' }).click();
    await until('all files are there', async () => (await listed()).length === FORMATS.length, 60_000);
    await page.getByRole('navigation').getByRole('link', { name: 'Recordings' }).click();
    await page.getByRole('heading', { name: 'Today' }).waitFor();
  });

  it.each(FORMATS)('plays %s in the page', async (format) => {
    await page.getByRole('button', { name: new RegExp(`^Play ${format}_`) }).click();
    await until('it plays', () => page.evaluate<boolean>(`document.querySelector('dialog video').currentTime > 0.5`));
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(opened.errors).toEqual([]);
  });

  it('cuts a clip where the video was', async () => {
    await page.getByRole('button', { name: /^Play mp4_/ }).click();
    const dialog = page.getByRole('dialog');
    const make = dialog.getByRole('button', { name: 'Make the clip' });
    await dialog.getByRole('button', { name: 'From here' }).click();
    expect(await make.isDisabled()).toBe(true);
    await until('it played on', () =>
      page.evaluate<boolean>(`document.querySelector('dialog video').currentTime > 1.5`),
    );
    await dialog.getByRole('button', { name: 'To here' }).click();
    await make.click();
    await page.getByText('The clip is being made.').waitFor();
    await page.keyboard.press('Escape');
    const { clips } = await server.api<{ clips: unknown[] }>('/streams/default/live/show/clips');
    expect(clips).toHaveLength(1);
  });

  it('downloads', async () => {
    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name: /^Download mp4_/ }).click();
    expect((await coming).suggestedFilename()).toMatch(/^mp4_.*\.mp4$/);
  });

  it('deletes after a question', async () => {
    const row = page.getByRole('button', { name: /^Delete flv_/ });
    await row.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await listed()).length).toBe(FORMATS.length);
    await row.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
    expect((await listed()).map(({ format }) => format).toSorted()).toEqual(['cmaf', 'm3u8', 'mp4']);
    expect(opened.errors).toEqual([]);
  });

  it('says what the server answers when it can’t be deleted', async () => {
    await page.getByRole('button', { name: /^Delete m3u8_/ }).click();
    await page.context().setOffline(true);
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByText('The server doesn’t answer.').waitFor();
    await page.context().setOffline(false);
    await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('button', { name: /^Delete m3u8_/ }).waitFor();
  });
});
