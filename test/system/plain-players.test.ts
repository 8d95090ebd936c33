import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import { openBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { type Child, type Headwater, publishTestPicture, type TestPicture, tempDir, until } from '../support/index.ts';
import { mediaPlaylistOf } from '../support/media-playlist.ts';
import { openServer } from '../support/open-server.ts';
import { openPlainSite, type PlainPage, type PlainSite } from '../support/plain-players.ts';

const PICTURE = { size: '160x90', fps: 15, gop: 30, bitrate: '100k', seconds: 600 };
/** A busy machine takes its time to show a picture. */
const LONGEST_MS = 120_000;

let home: Awaited<ReturnType<typeof tempDir>>;
let ports: { HEADWATER_RTMP_PORT: string; HEADWATER_PLAYBACK_PORT: string };
let server: Headwater;
let encoder: Child;
let browser: Browser;
let site: PlainSite;

const run = () => openServer([], { dataDir: home.path, env: ports });
const publish = async (picture: TestPicture = {}) => {
  encoder = await publishTestPicture(server, 'live/demo', { ...PICTURE, ...picture });
};
const address = (query = '') => `${server.playback}/live/demo.m3u8${query}`;
const untilPlayable = () => until('it plays', async () => (await fetch(address(), { method: 'HEAD' })).ok, LONGEST_MS);

beforeAll(async () => {
  home = await tempDir('plain-players');
  ports = { HEADWATER_RTMP_PORT: `${await freePort()}`, HEADWATER_PLAYBACK_PORT: `${await freePort()}` };
  browser = await openBrowser();
  site = await openPlainSite(browser);
  server = await run();
  await publish();
  await untilPlayable();
}, 300_000);

afterAll(async () => {
  await site?.close();
  await browser?.close();
  await encoder?.stop('SIGKILL');
  await server?.stop();
  await home?.remove();
});

const opened = (...pages: Promise<PlainPage>[]) => Promise.all(pages);

async function untilSize(pages: readonly PlainPage[], height: number): Promise<void> {
  await Promise.all(
    pages.map(({ page, name }) =>
      until(`${name} is ${height} high`, () => page.evaluate<boolean>(`video.videoHeight === ${height}`), LONGEST_MS),
    ),
  );
}

describe('players that know nothing of this server', () => {
  it('go on in the same page when an encoder comes back with another picture', async () => {
    const pages = await opened(
      site.open('llhls', address()),
      site.open('hls', address('?container=fmp4')),
      site.open('hls', address('?container=ts')),
    );
    for (const page of pages) await page.untilMoreFrames(45, LONGEST_MS);
    for (const [size, height] of [
      ['320x180', 180],
      ['160x90', 90],
    ] as const) {
      for (const page of pages) await page.reading();
      await encoder.stop('SIGKILL');
      await publish({ size });
      await untilSize(pages, height);
      for (const page of pages) await page.untilMoreFrames(45, LONGEST_MS);
      for (const page of pages) {
        const { fatal, longestMs } = await page.reading();
        console.log(`${page.name} ${size}: ${longestMs} ms without a picture`);
        expect([fatal, page.errors, page.loads()], page.name).toEqual([[], [], 1]);
      }
    }
    await Promise.all(pages.map(({ close }) => close()));
  }, 400_000);

  it('go on in the same page when the server was killed, where they try again as hls.js says', async () => {
    const pages = await opened(
      site.open('llhls', address(), true),
      site.open('hls', address('?container=fmp4'), true),
      site.open('hls', address('?container=ts'), true),
    );
    for (const page of pages) await page.untilMoreFrames(45, LONGEST_MS);
    const before = await discontinuitiesAt(address());
    await server.child.stop('SIGKILL');
    await encoder.stop('SIGKILL');
    server = await run();
    await publish();
    for (const page of pages) await page.untilMoreFrames(45, LONGEST_MS);
    for (const page of pages) {
      const { longestMs } = await page.reading();
      console.log(`${page.name}: ${longestMs} ms without a picture`);
      expect([page.errors, page.loads()], page.name).toEqual([[], 1]);
    }
    expect(await discontinuitiesAt(address())).toBeGreaterThan(before);
  }, 400_000);
});

/** EXT-X-DISCONTINUITY-SEQUENCE, with what is listed. */
async function discontinuitiesAt(url: string): Promise<number> {
  const text = await until('there is a playlist', async () => (await mediaPlaylistOf(url)) || undefined);
  const { discontinuitySequence = 0, segments } = parseMediaPlaylist(text);
  return discontinuitySequence + segments.filter(({ isDiscontinuity }) => isDiscontinuity).length;
}
