import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Asset } from '../../../src/vod/index.ts';
import { openBrowser, openPage } from '../../support/browser.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../../support/index.ts';
import { openTestLibrary, type TestLibrary } from '../../support/library.ts';
import { makeTalk } from '../../support/library-media.ts';
import { OPEN_DOMAIN } from '../../support/open-server.ts';

let home: Awaited<ReturnType<typeof tempDir>>;
let db: TestLibrary;
let server: Headwater;
let browser: Browser;
let talk: Asset;

beforeAll(async () => {
  home = await tempDir('assets-in-a-browser');
  const media = join(home.path, 'media');
  db = await openTestLibrary(join(home.path, 'library'));
  talk = await db.add('recordings', await makeTalk(media, 'talk'), { publication: 'draft' });
  server = await startHeadwater({
    rules: { domains: [OPEN_DOMAIN] },
    env: { HEADWATER_RECORDINGS_DIR: media, DATABASE_URL: db.databaseUrl },
  });
  browser = await openBrowser();
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await db?.close();
  await home?.remove();
});

const auth = (body: object = {}) =>
  server.api<{ readonly pageUrl: string }>(`/assets/${talk.id}/play-auths`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const open = async (body: object = {}, more = '') => openPage(browser, `${(await auth(body)).pageUrl}&muted=1${more}`);

type Opened = Awaited<ReturnType<typeof openPage>>;

type Seen = {
  readonly currentTime: number;
  readonly duration: number;
  readonly videoHeight: number;
  readonly ended: boolean;
  readonly currentSrc: string;
  /** Of the captions that are shown. */
  readonly words: readonly string[];
};

const READ = `(() => {
  const { currentTime, duration, videoHeight, ended, currentSrc, textTracks } = document.querySelector('video');
  const shown = [...textTracks].filter(({ mode }) => mode === 'showing');
  const words = shown.flatMap(({ cues }) => [...(cues ?? [])]).map(({ text }) => text);
  return { currentTime, duration, videoHeight, ended, currentSrc, words };
})()`;

async function video({ page }: Opened): Promise<Seen> {
  await page.locator('video').waitFor();
  return page.evaluate<Seen>(READ);
}

const playsBeyond = (opened: Opened, seconds: number) =>
  until(`it plays beyond ${seconds} s`, async () => {
    const now = await video(opened);
    return now.currentTime > seconds ? now : undefined;
  });

describe('the page of an asset', () => {
  it('plays HLS with captions and small pictures on its bar, and goes where it is pressed', async () => {
    const opened = await open();
    const { page, errors } = opened;
    const first = await playsBeyond(opened, 0.5);
    expect(first.duration).toBeCloseTo(12, 0);
    expect(first.currentSrc).toMatch(/^blob:/);
    await page.getByLabel('Captions').selectOption({ label: 'zh' });
    await until('the captions are there', async () => (await video(opened)).words.includes('晚上好') || undefined);
    await page.getByLabel('Quality').selectOption({ label: '90p' });
    await until('the lower quality is seen', async () => (await video(opened)).videoHeight === 90 || undefined);
    const bar = await page.getByRole('slider', { name: 'Position' }).boundingBox();
    const at = (share: number) => ({ x: bar!.x + bar!.width * share, y: bar!.y + bar!.height / 2 });
    await page.mouse.move(at(0.79).x, at(0.79).y);
    const tile = page.locator('.scrub-tile');
    await tile.waitFor();
    expect(await tile.getAttribute('style')).toContain('-80px -45px');
    expect((await page.locator('.scrub-preview span').textContent())?.trim()).toBe('0:09');
    await page.mouse.down();
    await page.mouse.up();
    await playsBeyond(opened, 9);
    await until('it ends', async () => (await video(opened)).ended || undefined);
    expect(errors).toEqual([]);
    await opened.close();
  });

  it('plays MP4 from where it is, and seeks in it by ranges', async () => {
    const opened = await open();
    const { page, errors } = opened;
    await playsBeyond(opened, 1);
    const ranges: string[] = [];
    page.on('response', (response) => {
      if (response.url().includes('.mp4')) ranges.push(`${response.status()} ${response.headers()['content-range']}`);
    });
    await page.getByLabel('Quality').selectOption({ label: '180p · MP4' });
    const now = await until('the file plays', async () => {
      const seen = await video(opened);
      return seen.currentSrc.endsWith('.mp4') && seen.currentTime > 1 ? seen : undefined;
    });
    expect(now.videoHeight).toBe(180);
    await page.getByRole('slider', { name: 'Position' }).focus();
    await page.keyboard.press('ArrowRight');
    await playsBeyond(opened, now.currentTime + 4);
    expect(ranges[0]).toMatch(/^206 bytes 0-/);
    expect(errors).toEqual([]);
    await opened.close();
  });

  it('says where a preview ends, and that it may be seen again', async () => {
    const opened = await open({ previewSeconds: 2 });
    const { page } = opened;
    await page.getByText('The preview ends here').waitFor();
    const { currentTime } = await video(opened);
    expect(currentTime).toBeGreaterThan(1.5);
    expect(currentTime).toBeLessThan(3);
    await page.getByRole('button', { name: 'From the beginning' }).click();
    await playsBeyond(opened, 0.2);
    await opened.close();
  });

  it('says why it does not play, in the server’s words', async () => {
    const url = `${server.playback}/vod/${talk.id}`;
    const opened = await openPage(browser, url);
    await opened.page.getByText('the asset is not published').waitFor();
    await opened.close();
    const playing = await open();
    await playsBeyond(playing, 0.2);
    await server.api(`/assets/${talk.id}/play-auths`, { method: 'DELETE' });
    await playing.page.getByLabel('Quality').selectOption({ label: '180p · MP4' });
    await playing.page.getByText('the token was revoked').waitFor();
    await playing.close();
  });
});
