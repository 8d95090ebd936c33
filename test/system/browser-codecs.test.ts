import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, untilFrames, untilMoreFrames, untilState } from '../support/browser.ts';
import { type Headwater, publishTestPicture, untilLive } from '../support/index.ts';
import { capturePath, openServer, playForEver, RtmpPublisher, readFlv } from '../support/peers.ts';

let server: Headwater;
let browser: Browser;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  server = await openServer([{ match: {}, publish: { waitSeconds: 0 } }]);
  browser = await openBrowser();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Pushes a capture over and over as our own encoder would. */
async function push(capture: string, name: string): Promise<void> {
  const tags = await readFlv(capturePath(capture));
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  playForEver(publisher, tags);
  cleanups.push(() => publisher.drop());
  await untilLive(server, `live/${name}`);
}

async function openPlayer(name: string, protocol: string) {
  const opened = await openPage(browser, `${server.playback}/live/${name}?muted=1&protocol=${protocol}`);
  cleanups.push(() => opened.close());
  return opened;
}

/** What the element decoded by itself: a picture of that size, and sound. */
const mediaOf = `(() => {
  const video = document.querySelector('video');
  return { width: video.videoWidth, soundBytes: video.webkitAudioDecodedByteCount };
})()`;

describe('Chromium decodes by the player page', () => {
  it.each([
    ['AV1 and AAC', 'enhanced-av1.flv', 'llhls'],
    ['AV1 and AAC', 'enhanced-av1.flv', 'hls'],
    ['VP9 and Opus', 'enhanced-vp9opus.flv', 'llhls'],
    ['VP9 and Opus', 'enhanced-vp9opus.flv', 'hls'],
    ['H.264 and Opus', 'enhanced-h264opus.flv', 'llhls'],
    ['H.264 and Opus', 'enhanced-h264opus.flv', 'hls'],
  ])('%s (%s) by %s', async (_, capture, protocol) => {
    const name = `${capture.replace(/\W/g, '')}${protocol}`;
    await push(capture, name);
    const { page, errors } = await openPlayer(name, protocol);
    await untilFrames(page, 30, 60_000);
    // The capture is 5 s long: this goes over its joint, where its parameters come again.
    await untilMoreFrames(page, 240, 60_000);
    const media = await page.evaluate<{ width: number; soundBytes: number }>(mediaOf);
    expect(media.width).toBeGreaterThan(0);
    expect(media.soundBytes).toBeGreaterThan(10_000);
    expect(errors).toEqual([]);
  });
});

describe('what this Chromium can not decode', () => {
  it.each(['llhls', 'flv'])('H.265 by %s is said, with what helps', async (protocol) => {
    const name = `hevc${protocol}`;
    await push('enhanced-hevc.flv', name);
    const { page } = await openPlayer(name, protocol);
    await untilState(page, 'error', 60_000);
    const card = await page.locator('.card').textContent();
    expect(card).toContain('can’t be played');
    expect(card).toContain('can’t decode the stream’s codec');
    expect(card).toContain('publish H.264 and AAC');
  });
});

describe('a stream of sound alone', () => {
  it('says so where the picture would be, and one with a picture does not', async () => {
    for (const [name, video] of [
      ['radio', false],
      ['television', true],
    ] as const) {
      const publisher = await publishTestPicture(server, `live/${name}`, { video, fps: 15, gop: 30 });
      cleanups.push(() => publisher.stop());
    }
    for (const protocol of ['llhls', 'flv']) {
      const { page, errors } = await openPlayer('radio', protocol);
      await untilState(page, 'live');
      await page.getByText('Sound only', { exact: true }).and(page.locator('.sound-only')).waitFor();
      expect(errors).toEqual([]);
    }
    const { page } = await openPlayer('television', 'llhls');
    await untilFrames(page, 30);
    expect(await page.locator('.sound-only').count()).toBe(0);
  });
});
