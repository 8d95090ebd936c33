import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smartCut } from '../../src/clip/index.ts';
import { testArchive } from '../support/archive.ts';
import { openPage } from '../support/browser.ts';
import { makeNumberedFlv } from '../support/numbered-picture.ts';

const FRAME_MS = 40;
const [FROM, TO] = [40, 114];
let browser: Browser;
let server: Server;
let clip: Buffer;

beforeAll(async () => {
  const flv = await makeNumberedFlv({ seconds: 5, size: '320x180', fps: '25', gop: 50, bFrames: 2 });
  clip = await clipOf(testArchive([{ tags: flv.tags }]));
  await flv.remove();
  server = createServer(({ url, headers }, response) => {
    if (url !== '/clip.mp4') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<video src="/clip.mp4" muted></video>');
      return;
    }
    const [, from = 0] = /bytes=(\d+)-/.exec(headers.range ?? '') ?? [];
    const range = `bytes ${from}-${clip.length - 1}/${clip.length}`;
    response.writeHead(206, { 'content-type': 'video/mp4', 'accept-ranges': 'bytes', 'content-range': range });
    response.end(clip.subarray(Number(from)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

async function clipOf(archive: ReturnType<typeof testArchive>): Promise<Buffer> {
  const [first] = archive.packets.filter(({ kind }) => kind === 'video');
  const [segment] = archive.segments;
  const delayMs = first?.kind === 'video' ? first.compositionMs : 0;
  const beginMs = segment!.wallMs + first!.dtsMs - segment!.startDtsMs + delayMs;
  const range = { startMs: beginMs + FROM * FRAME_MS, endMs: beginMs + TO * FRAME_MS, ffmpeg: ['ffmpeg'] };
  const pieces = smartCut(range)(archive);
  const bytes: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await pieces.next();
    if (!done) bytes.push(value);
    else {
      expect(value).toMatchObject({ isExact: true, encodedPictures: 11 });
      return Buffer.concat(bytes);
    }
  }
}

/** Seeks to each picture and reads the number in it. */
const READ = `(async (count) => {
  const video = document.querySelector('video');
  const canvas = new OffscreenCanvas(320, 180).getContext('2d', { willReadFrequently: true });
  const shown = [];
  for (let index = 0; index < count; index++) {
    await new Promise((resolve, reject) => {
      video.onerror = () => reject(new Error(video.error.message));
      video.requestVideoFrameCallback(resolve);
      video.currentTime = index * 0.04 + 0.02;
    });
    canvas.drawImage(video, 0, 0);
    const row = canvas.getImageData(0, 90, 320, 1).data;
    let number = 0;
    for (let bar = 0; bar < 10; bar++) if (row[(bar * 32 + 16) * 4] > 127) number += 2 ** bar;
    shown.push(number);
  }
  return { shown, duration: video.duration };
})`;

it('Chromium shows every picture of a clip whose edges were encoded, each at its time', async () => {
  const { page, errors, close } = await openPage(
    browser,
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  );
  await page.waitForFunction('document.querySelector("video").readyState >= 2');
  const { shown, duration } = await page.evaluate<{ shown: number[]; duration: number }>(`${READ}(${TO - FROM})`);
  expect(shown).toEqual(Array.from({ length: TO - FROM }, (_, index) => FROM + index));
  expect(duration).toBeCloseTo(((TO - FROM) * FRAME_MS) / 1000, 1);
  expect(errors.filter((text) => !text.includes('favicon'))).toEqual([]);
  await close();
});
