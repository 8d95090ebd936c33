import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { consoleUrl, openConsole } from '../support/console.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { makeTalk } from '../support/library-media.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let browser: Browser;

beforeAll(async () => {
  home = await tempDir('console-library');
  const media = join(home.path, 'media');
  await makeTalk(media, 'talk');
  server = await startHeadwater({
    rules: { domains: [OPEN_DOMAIN] },
    env: { HEADWATER_RECORDINGS_DIR: media, HEADWATER_UPLOAD_PORT: '0' },
  });
  browser = await openBrowser();
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await home?.remove();
});

/** A file is let go over the page, as out of a window of files. */
async function drop(page: Page, file: string): Promise<void> {
  const tab = await page.context().newCDPSession(page);
  const data = { items: [], files: [file], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await tab.send('Input.dispatchDragEvent', { type, x: 600, y: 500, data });
    if (type === 'dragOver') await page.getByText('Let go to upload').waitFor();
  }
}

describe('the library in the console', () => {
  it('takes a file that is dropped, shows it being processed step by step, plays it, publishes it and lets it go', async () => {
    const { page, errors, close } = await openConsole(browser, server, 'library');
    const file = join(home.path, 'evening.mp4');
    await copyFile(join(home.path, 'media/talk/sd.mp4'), file);
    await page.getByText('Nothing is here').waitFor();
    await drop(page, file);
    // What becomes of it is seen without a reload.
    await page.locator('.asset-tile', { hasText: 'processing' }).waitFor();
    await page.locator('.asset-tile').click();
    await page.getByRole('heading', { name: 'evening.mp4' }).waitFor();
    await page.locator('.job-steps > .is-succeeded').first().waitFor();
    await page.locator('video').waitFor();
    await page.evaluate(`document.querySelector('video').currentTime = 5`);
    await page.locator('.page-title .pill', { hasText: 'ready' }).waitFor({ timeout: 120_000 });
    // What was made plays instead of the original, and goes on where that was.
    const PLACE = `(({ readyState, currentSrc, currentTime }) =>
      currentSrc.startsWith('blob:') && readyState >= 2 && currentTime)(document.querySelector('video'))`;
    const place = await until('the picture is there', () => page.evaluate<number | false>(PLACE));
    expect(place).toBeCloseTo(5, 0);
    await page.getByRole('slider', { name: 'Position' }).hover();
    await page.locator('.asset-film .scrub-tile').waitFor();
    expect(await page.locator('table.data tbody tr').count()).toBeGreaterThan(3);

    await page.getByLabel('Title').fill('An evening');
    await page.getByLabel('Tags').fill('talk, news');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'An evening' }).waitFor();

    await page.getByRole('button', { name: 'Take back' }).click();
    await page.getByRole('button', { name: 'Publish' }).waitFor();
    await page.getByLabel('For whom').fill('Ann');
    await page.getByRole('button', { name: 'New link' }).click();
    await page.getByText('opened 0 times').waitFor();
    const link = await page.locator('[role=status] input').inputValue();
    const viewer = await browser.newPage();
    await viewer.goto(link);
    await viewer.getByRole('heading', { name: 'An evening' }).waitFor();
    await viewer.close();

    await page.getByRole('button', { name: 'Into the trash' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Into the trash' }).click();
    await page.getByRole('button', { name: 'Take out of the trash' }).click();
    await page.getByRole('button', { name: 'Into the trash' }).waitFor();
    expect(errors).toEqual([]);
    await close();
  }, 240_000);

  it('shows the jobs, and pauses the pipeline', async () => {
    const { page, errors, close } = await openConsole(browser, server, 'jobs');
    await page.getByRole('button', { name: 'Pause: default' }).click();
    await page.getByRole('button', { name: 'Resume: default' }).click();
    await page.getByRole('button', { name: 'Pause: default' }).waitFor();
    await page.getByRole('link', { name: 'asset-processing' }).first().click();
    await page.locator('.job-steps > .is-succeeded').first().waitFor();
    expect(page.url()).toContain(consoleUrl(server, 'jobs/'));
    expect(errors).toEqual([]);
    await close();
  });
});
