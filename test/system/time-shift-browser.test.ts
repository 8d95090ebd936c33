import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeAt } from '../support/http.ts';
import { type Headwater, publishTestPicture, startHeadwater, until } from '../support/index.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/peers.ts';

const HLS_JS = fileURLToPath(import.meta.resolve('hls.js/dist/hls.js'));
const RUN_SECONDS = 8;
const FPS = 20;

let server: Headwater;
let browser: Browser;
/** Before the first of two publications. */
let startMs = 0;

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
  });
  server = await startHeadwater({
    rules: {
      domains: [OPEN_DOMAIN],
      streams: [
        {
          match: { app: 'live' },
          hls: { segmentSeconds: 1, windowSegments: 3, endedSeconds: 0 },
          timeShift: { enabled: true, nearSeconds: 10 },
        },
      ],
    },
    env: NO_DATABASE,
  });
  startMs = Date.now();
  for (let run = 0; run < 2; run++) {
    const publisher = await publishTestPicture(server, 'live/one', { seconds: RUN_SECONDS, fps: FPS, gop: FPS });
    await until('it is over', () => publisher.process.exitCode !== null, 60_000);
    await until('it is gone', async () => (await codeAt(`${server.playback}/live/one.m3u8`)) === 'STREAM_NOT_LIVE');
  }
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

type Seen = {
  readonly frames: number;
  readonly isEnded: boolean;
  readonly errors: string[];
  readonly counts: number[];
};

/** A page with nothing but hls.js. */
async function open(url: string): Promise<Page> {
  const page = await browser.newPage({ bypassCSP: true });
  await page.goto(`${server.playback}/_headwater/nothing`);
  await page.setContent('<video muted></video>');
  await page.addScriptTag({ path: HLS_JS });
  await page.evaluate(`(() => {
    const video = document.querySelector('video');
    const hls = new Hls();
    window.seen = { errors: [], counts: [], isEnded: false };
    hls.on(Hls.Events.ERROR, (_, { details, fatal }) => {
      if (fatal || details !== 'bufferStalledError') window.seen.errors.push(details);
    });
    hls.on(Hls.Events.FRAG_CHANGED, (_, { frag }) => window.seen.counts.push(frag.cc));
    video.addEventListener('ended', () => (window.seen.isEnded = true));
    hls.loadSource(${JSON.stringify(url)});
    hls.attachMedia(video);
    video.play();
  })()`);
  return page;
}

const look = (page: Page) =>
  page.evaluate<Seen>(
    `({ ...window.seen, frames: document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames })`,
  );

describe('hls.js', () => {
  it('plays a lagging playlist over the pause between two publications', async () => {
    const page = await open(`${server.playback}/live/one.m3u8?lhs_start_unix_ms_0=${startMs}`);
    const frames = (2 * RUN_SECONDS - 3) * FPS;
    const seen = await until(
      'most of both is shown',
      async () => {
        const now = await look(page);
        return now.frames > frames && now;
      },
      90_000,
    );
    expect(seen.errors).toEqual([]);
    const [first] = seen.counts;
    expect(new Set(seen.counts)).toEqual(new Set([first, first! + 1]));
    expect(seen.counts).toEqual(seen.counts.toSorted());
    await page.close();
  });

  it('plays all of it to its end', async () => {
    const page = await open(
      `${server.playback}/live/one.m3u8?lhs_start_unix_ms_0=${startMs}&lhs_vodend_unix_ms_0=${Date.now()}`,
    );
    const seen = await until(
      'it ends',
      async () => {
        const now = await look(page);
        return now.isEnded && now;
      },
      90_000,
    );
    expect(seen.errors).toEqual([]);
    expect(seen.frames).toBeGreaterThan((2 * RUN_SECONDS - 1) * FPS);
    await page.close();
  });
});
