import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
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

describe('the library in the console', () => {
  it('takes a file, shows it being processed step by step, plays it, publishes it and lets it go', async () => {
    const { page, errors, close } = await openConsole(browser, server, 'library');
    await page.locator('input[type=file]').setInputFiles({
      ...{ name: 'evening.mp4', mimeType: 'video/mp4' },
      buffer: await readFile(join(home.path, 'media/talk/sd.mp4')),
    });
    await page.getByRole('link', { name: 'evening.mp4' }).first().click();
    await page.getByRole('heading', { name: 'evening.mp4' }).waitFor();
    await page.locator('.job-steps > .is-succeeded').first().waitFor();
    await page.locator('.page-title .pill', { hasText: 'ready' }).waitFor({ timeout: 120_000 });
    await page.locator('video').waitFor();
    const READY = `(() => document.querySelector('video').readyState >= 2)()`;
    await until('the picture is there', async () => (await page.evaluate<boolean>(READY)) || undefined);
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
