import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage } from '../../support/browser.ts';
import { type DashPlayed, playDash } from '../../support/dash-player.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../../support/index.ts';
import { makeFilm } from '../../support/media.ts';
import { OPEN_DOMAIN } from '../../support/open-server.ts';
import { startVlc } from '../../support/vlc.ts';

const SECONDS = 5;
const FPS = 25;

type File = { readonly format: string; readonly role: string; readonly definition?: string; readonly object: string };
type Info = { readonly sources: readonly { kind: string; url: string; definition: string }[] };

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let browser: Browser;
/** Somebody else's web site, with a player of its own. */
let site: Server;
/** Of the manifest of both qualities, behind the token of a session. */
let url: string;
let files: readonly File[];

const post = <T>(path: string, body: object) =>
  server.api<T>(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

const output = (Definition: string, Height: string) => ({
  ...{ Definition, Container: { Format: 'mpd' }, PackageSetting: { PackageType: 'DASHPackage' } },
  Video: { Codec: 'H.264', Height, Preset: 'ultrafast', Bitrate: '200' },
  ...{ Audio: { Codec: 'AAC', Bitrate: '64' }, MuxConfig: { Segment: { Duration: '2' } } },
});

beforeAll(async () => {
  home = await tempDir('dash');
  site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>a site</title><body></body>');
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  await makeFilm(join(home.path, 'film.mp4'), { seconds: SECONDS, size: '320x180' });
  [server, browser] = await Promise.all([
    startHeadwater({ rules: { domains: [OPEN_DOMAIN] }, env: { HEADWATER_RECORDINGS_DIR: home.path } }),
    openBrowser(),
  ]);
  await until('the library is ready', () =>
    server.api('/assets').then(
      () => true,
      () => false,
    ),
  );
  const body = { TranscodeTemplateList: [output('LD', '90'), output('SD', '180')] };
  await post('/media/templates/group', { id: 'dash', name: 'DASH', body });
  const { id } = await post<{ id: string }>('/assets', {
    ...{ storage: 'recordings', object: 'film.mp4', templateGroup: 'dash', publication: 'draft' },
  });
  await until('it is ready', async () => {
    const { status, trouble } = await server.api<{ status: string; trouble?: object }>(`/assets/${id}`);
    if (trouble) throw new Error(JSON.stringify(trouble));
    return status === 'Normal';
  });
  files = (await server.api<{ files: File[] }>(`/assets/${id}/files`)).files;
  const { sources } = await server.api<Info>(`/assets/${id}/play-info`);
  url = sources.find(({ kind, definition }) => kind === 'dash' && definition === 'AUTO')?.url ?? '';
}, 240_000);

afterAll(async () => {
  await browser?.close();
  site?.close();
  await server?.stop();
  await home?.remove();
});

describe('outputs of a DASHPackage', () => {
  it('are in one manifest, and nothing beside it', () => {
    const made = files.filter(({ role }) => role === 'rendition').map(({ format, definition }) => [format, definition]);
    expect(made).toEqual([['mpd', 'AUTO']]);
  });

  it.each([90, 180])('play in Chromium by Media Source Extensions, %i lines to the last picture', async (height) => {
    const { page, close } = await openPage(browser, `http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    const played = await page.evaluate<DashPlayed>(playDash(url, height));
    expect(played.codecs).toEqual([expect.stringMatching(/^avc1\./), 'mp4a.40.2']);
    expect(played).toMatchObject({ ranges: 1, videoHeight: height, totalVideoFrames: SECONDS * FPS });
    expect(played.duration).toBeCloseTo(SECONDS, 0);
    expect(played.currentTime).toBeCloseTo(played.duration, 1);
    await close();
  });

  it('play in VLC', async () => {
    const vlc = await startVlc(url, FPS);
    await until('VLC shows most of it', async () => ((await vlc.shownMs()) ?? 0) > (SECONDS - 2) * 1000);
    await vlc.stop();
  });
});
