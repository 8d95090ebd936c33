import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage } from '../support/browser.ts';
import { openConsole } from '../support/console.ts';
import { type Child, type Headwater, publishTestPicture, runToEnd, tempDir, until } from '../support/index.ts';
import { counted, type MadeFlv, makeFlv, openServer, playForEver, RtmpPublisher } from '../support/peers.ts';

let server: Headwater;
let browser: Browser;
let publisher: Child;
/** Somebody else's web site. */
let site: Server;
let origin: string;

beforeAll(async () => {
  server = await openServer();
  browser = await openBrowser();
  publisher = await publishTestPicture(server, 'live/demo', { fps: 15, gop: 30 });
  const clip = await madeClip();
  const pages: Readonly<Record<string, string>> = {
    '/frame': `<iframe src="${server.playback}/live/demo?embed=1&autoplay=1&muted=1" width="640" height="360"
      allow="autoplay; fullscreen"></iframe>`,
    '/video': `<video data-headwater-stream="live/demo" data-headwater-protocol="hls" src="/clip.mp4" muted loop></video>
      <video data-headwater-stream="live/demo" src="/none.mp4"></video>
      <script src="${server.playback}/_headwater/headwater-beacon.js" defer></script>`,
  };
  site = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    if (page) response.setHeader('content-type', 'text/html').end(`<!doctype html><title>a site</title>${page}`);
    else if (request.url === '/clip.mp4') response.setHeader('content-type', 'video/mp4').end(clip);
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await browser?.close();
  site?.close();
  await publisher?.stop();
  await server?.stop();
});

async function madeClip(): Promise<Buffer> {
  const folder = await tempDir('clip');
  const file = join(folder.path, 'clip.mp4');
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=15', '-t', '2', '-pix_fmt', 'yuv420p'];
  await runToEnd('ffmpeg', ['-v', 'error', ...picture, '-movflags', '+faststart', file]);
  const clip = await readFile(file);
  await folder.remove();
  return clip;
}

describe('a page of somebody else', () => {
  it('plays a stream in a frame, with nothing but picture and controls', async () => {
    const { page, errors, close } = await openPage(browser, `${origin}/frame`);
    const frame = await until('the frame is there', () =>
      page.frames().find((each) => each.url().startsWith(server.playback)),
    );
    type Reading = { readonly state: string; readonly frames: number } | undefined;
    const read = () =>
      frame.evaluate<Reading>(
        '(({ __headwater: hook }) => hook && { state: hook.state, frames: hook.decodedFrames })(window)',
      );
    await until('it plays', async () => ((await read())?.frames ?? 0) > 30, 60_000);
    expect((await read())?.state).toBe('live');
    expect(await frame.locator('video').first().isVisible()).toBe(true);
    expect(await frame.locator('header, aside').filter({ visible: true }).count()).toBe(0);
    expect(errors).toEqual([]);
    await close();
  });

  it('reports how its own videos play, with the snippet', async () => {
    const startups = 'headwater_player_startup_seconds_count{protocol="hls"}';
    const failures = 'headwater_player_errors_total{protocol="other"}';
    const before = [await counted(server, startups), await counted(server, failures)];
    const { page, errors, close } = await openPage(browser, `${origin}/video`);
    await page.evaluate('for (const video of document.querySelectorAll("video")) void video.play().catch(() => {})');
    await until('it plays', () => page.evaluate<boolean>('document.querySelector("video").currentTime > 0.5'));
    await until('the other fails', () =>
      page.evaluate<boolean>('document.querySelectorAll("video")[1].error !== null'),
    );
    await page.goto('about:blank');
    await until('it is counted', async () => (await counted(server, startups)) === (before[0] ?? 0) + 1);
    await until('the failure is counted', async () => (await counted(server, failures)) === (before[1] ?? 0) + 1);
    expect(errors).toEqual([]);
    await close();
  });
});

describe('what an encoder says of itself', () => {
  let picture: MadeFlv;

  beforeAll(async () => {
    picture = await makeFlv({ seconds: 2, gop: 30, size: '160x90', bitrate: '100k' });
  });
  afterAll(() => picture?.remove());

  it('is text in the console, whatever it is', async () => {
    const hostile = '<img src=x onerror="window.isHacked = true"><script>window.isHacked = true</script>';
    const hostilePublisher = await RtmpPublisher.open({
      port: server.rtmpPort,
      path: 'live/hostile',
      connectProperties: { flashVer: hostile },
    });
    // Metadata would name another encoder.
    const playing = playForEver(
      hostilePublisher,
      picture.tags.filter(({ type }) => type !== 'script'),
    );
    const { page, errors, close } = await openConsole(browser, server, 'streams/default/live/hostile');
    await page.getByText(hostile).waitFor();
    expect(await page.evaluate('window.isHacked')).toBeUndefined();
    expect(await page.locator('img[src=x]').count()).toBe(0);
    expect(errors).toEqual([]);
    await close();
    await playing.stop();
    await hostilePublisher.drop();
  });
});
