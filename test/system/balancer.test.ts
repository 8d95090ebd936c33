import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { type OpenPage, openBrowser, openPage, readPlayer, untilMoreFrames, untilState } from '../support/browser.ts';
import { openCluster, type TestCluster } from '../support/cluster.ts';
import { freePort } from '../support/free-port.ts';
import { blockOfGuide, haproxyAt, nginxAt } from '../support/guide.ts';
import { type HAProxy, startHAProxy } from '../support/haproxy.ts';
import { type HlsOptions, HlsViewer } from '../support/hls-viewer.ts';
import { type Child, type Headwater, start, testPictureArgs, until } from '../support/index.ts';
import { mediaPlaylistOf } from '../support/media-playlist.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { openPlainSite, type PlainPage, type PlainSite } from '../support/plain-players.ts';
import { ReconnectingViewer } from '../support/reconnecting-viewer.ts';

const NAMES = ['one', 'two'] as const;
type Name = (typeof NAMES)[number];
type Ports = { readonly rtmp: number; readonly playback: number; readonly metrics: number; readonly cluster: number };

const RULES: RulesInput = {
  domains: [OPEN_DOMAIN],
  templates: [{ name: 'small', video: { shortSide: 64, bitrateKbps: 100, preset: 'ultrafast' } }],
  streams: [{ match: { stream: 'rungs' }, transcode: { templates: ['small'] } }],
};
/** A busy machine takes its time to start an encoder and to show a picture. */
const LONGEST_MS = 120_000;
const nodes = {} as Record<Name, Headwater>;
const ports = {} as Record<Name, Ports>;
const pages: OpenPage[] = [];
/** Of somebody else's site. */
const plainPages: PlainPage[] = [];
let site: PlainSite;
let cluster: TestCluster;
let nginx: Nginx;
let haproxy: HAProxy;
let browser: Browser;
let encoder: { stop(): Promise<void> };
let rtmpPort: number;
let httpPort: number;

beforeAll(async () => {
  browser = await openBrowser();
  cluster = await openCluster('balancer', { rules: RULES, endBy: 'SIGKILL' });
  for (const name of NAMES) ports[name] = await freePorts();
  for (const name of NAMES) nodes[name] = await run(name);
  const block = (name: string) => blockOfGuide('cluster.md', name);
  const host = (name: Name) => new URL(nodes[name].playback).host;
  nginx = await startNginx(nginxAt(await block('nginx-cluster.conf'), { one: host('one'), two: host('two') }), {});
  [rtmpPort, httpPort] = [await freePort(), await freePort()];
  const shown = (name: Name) => ({ address: '127.0.0.1', ...ports[name] });
  const at = { rtmp: rtmpPort, playback: httpPort };
  const config = haproxyAt(await block('haproxy-cluster.cfg'), at, { one: shown('one'), two: shown('two') });
  haproxy = await startHAProxy(config, 4);
  encoder = pushForEver(`rtmp://127.0.0.1:${rtmpPort}/live/demo`);
  await owner();
}, 300_000);

afterAll(async () => {
  await encoder?.stop();
  await site?.close();
  await browser?.close();
  await cluster?.close();
  await Promise.all([nginx?.stop(), haproxy?.stop()]);
});

async function freePorts(): Promise<Ports> {
  return { rtmp: await freePort(), playback: await freePort(), metrics: await freePort(), cluster: await freePort() };
}

/** With its ports: who comes back is found where it was. */
function run(name: Name): Promise<Headwater> {
  const { rtmp, playback, metrics, cluster: port } = ports[name];
  return cluster.run(name, {
    env: {
      HEADWATER_CLUSTER_PORT: String(port),
      HEADWATER_RTMP_PORT: String(rtmp),
      HEADWATER_PLAYBACK_PORT: String(playback),
      HEADWATER_METRICS_PORT: String(metrics),
      HEADWATER_TRUSTED_PROXIES: '127.0.0.1',
      HEADWATER_SHUTDOWN_DRAIN_SECONDS: '5',
    },
  });
}

/** An encoder that comes back by itself, as OBS does. */
function pushForEver(url: string): { stop(): Promise<void> } {
  const picture = { seconds: 3600, size: '160x90', fps: 15, gop: 30, bitrate: '100k' };
  let child: Child;
  let isStopped = false;
  const go = () => {
    child = start('ffmpeg', [...testPictureArgs(picture), '-f', 'flv', url]);
    void child.exited.then(() => !isStopped && setTimeout(go, 500));
  };
  go();
  return {
    async stop() {
      isStopped = true;
      await child.stop('SIGKILL');
    },
  };
}

function publishes(node: Headwater): Promise<boolean> {
  const count = node.metric('headwater_streams{state="publishing"}');
  return count.then(
    (value) => value === 1,
    () => false,
  );
}

/** Who has the stream, and the other one. */
async function owner(): Promise<{ owner: Name; other: Name }> {
  return until(
    'one of them has the stream',
    async () => {
      if (await publishes(nodes.one)) return { owner: 'one', other: 'two' } as const;
      return (await publishes(nodes.two)) && ({ owner: 'two', other: 'one' } as const);
    },
    LONGEST_MS,
  );
}

/** Until it has what it needs to go on with the stream. */
async function standsBy(node: Headwater): Promise<void> {
  const copies = () => node.metric('headwater_copies{state="receiving"}');
  await until('the other one stands by', async () => ((await copies()) ?? 0) > 0, LONGEST_MS);
}

/** From here on, all that the player says of itself, and how long there was no new picture. */
async function follow(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    const said = (window.__said = []);
    let [frames, atMs] = [0, performance.now()];
    window.__longestMs = 0;
    setInterval(() => {
      if (said.at(-1) !== __headwater.state) said.push(__headwater.state);
      const nowMs = performance.now();
      window.__longestMs = Math.max(window.__longestMs, Math.round(nowMs - atMs));
      if (frames !== __headwater.decodedFrames) [frames, atMs] = [__headwater.decodedFrames, nowMs];
    }, 50);
  })()`);
}

/** The longest time without a new picture since it was asked for last, in ms. */
function longestMs(page: Page): Promise<number> {
  return page.evaluate<number>('(() => { const ms = __longestMs; __longestMs = 0; return ms; })()');
}

/** It plays on, in the same page, and no refusal, error or end was ever said in it. */
async function expectPlaying({ page, errors, loads }: OpenPage): Promise<void> {
  await untilMoreFrames(page, 45, LONGEST_MS);
  await untilState(page, 'live', LONGEST_MS);
  const said = await page.evaluate<string[]>('window.__said');
  const { protocol } = (await readPlayer(page)) ?? {};
  expect(said, protocol).not.toEqual(expect.arrayContaining(['ended']));
  expect(said, protocol).not.toEqual(expect.arrayContaining(['error']));
  expect(said, protocol).not.toEqual(expect.arrayContaining(['refused']));
  expect([errors, loads()], protocol).toEqual([[], 1]);
}

/** The same of hls.js alone, with its defaults or as docs/embedding.md has it; no loop keeps the page for a second. */
async function expectPlainPlaying(page: PlainPage): Promise<void> {
  await page.untilMoreFrames(45, LONGEST_MS);
  const { fatal, longestMs, longestTaskMs } = await page.reading();
  console.log(`${page.name}: ${longestMs} ms without a picture, the longest task ${longestTaskMs} ms`);
  if (!page.goesOn) expect(fatal, page.name).toEqual([]);
  // What a balancer answers by itself has no CORS, which Chromium prints.
  expect(page.loads(), page.name).toBe(1);
  expect(longestTaskMs, page.name).toBeLessThan(1000);
}

/** What hls.js walks in a loop, at each playlist. */
async function discontinuitySequence(): Promise<number> {
  const playlist = parseMediaPlaylist(await mediaPlaylistOf(`http://127.0.0.1:${httpPort}/live/demo.m3u8`));
  return playlist.discontinuitySequence ?? 0;
}

describe('two nodes behind load balancers as the guide has them', () => {
  it('play in Chromium', async () => {
    const doors = { llhls: nginx.url, flv: `http://127.0.0.1:${httpPort}` };
    for (const [protocol, door] of Object.entries(doors)) {
      const opened = await openPage(browser, `${door}/live/demo?protocol=${protocol}`, {
        viewport: { width: 320, height: 240 },
      });
      pages.push(opened);
      await untilState(opened.page, 'live', LONGEST_MS);
      await follow(opened.page);
    }
    site = await openPlainSite(browser);
    plainPages.push(await site.open('hls', `${nginx.url}/live/demo.m3u8?container=fmp4`));
    plainPages.push(await site.open('llhls', `${nginx.url}/live/demo.m3u8`, true));
    for (const page of plainPages) await page.untilMoreFrames(15, LONGEST_MS);
  }, 300_000);

  it.each([
    ['the one that a stream is pushed to is killed', 'owner', 'SIGKILL', true],
    ['then the other one, as soon as there are two', 'owner', 'SIGKILL', false],
    ['the one that a stream is pushed to is stopped in peace', 'owner', 'SIGTERM', true],
    ['the one is killed that only serves viewers', 'other', 'SIGKILL', true],
  ] as const)(
    'go on in Chromium when %s',
    async (_what, which, signal, isStoodBy) => {
      const names = await owner();
      if (isStoodBy) await standsBy(nodes[names.other]);
      const name = names[which];
      for (const { page } of pages) await longestMs(page);
      for (const page of plainPages) await page.reading();
      await nodes[name].child.stop(signal);
      await owner();
      await Promise.all([...pages.map(expectPlaying), ...plainPages.map(expectPlainPlaying)]);
      const longest = await Promise.all(pages.map(({ page }) => longestMs(page)));
      console.log(`${which} ${signal}: ${longest} ms without a picture in the pages`);
      expect(await discontinuitySequence()).toBeLessThan(1000);
      nodes[name] = await run(name);
      await until('the balancer has both again', async () => (await haproxy.up()) === 4);
    },
    400_000,
  );

  it('lose no segment when both are upgraded in turn', async () => {
    const doors = [`http://127.0.0.1:${httpPort}`, nginx.url];
    const source = pushForEver(`rtmp://127.0.0.1:${rtmpPort}/live/rungs`);
    cluster.closing({ close: () => source.stop() });
    const follow = async (address: string, options: HlsOptions) => {
      await until(`${address} plays`, async () => (await fetch(address, { method: 'HEAD' })).ok, LONGEST_MS);
      return cluster.closing(await HlsViewer.open(address, options));
    };
    const viewers = await Promise.all(
      doors.flatMap((door) => [
        follow(`${door}/live/demo.m3u8`, { lowLatency: true, container: 'fmp4' }),
        follow(`${door}/live/demo.m3u8`, { container: 'fmp4' }),
        follow(`${door}/live/demo.m3u8`, { container: 'ts' }),
        follow(`${door}/live/rungs_small.m3u8`, { lowLatency: true, container: 'fmp4' }),
        follow(`${door}/live/rungs_small.m3u8`, { container: 'ts' }),
      ]),
    );
    const flv = `${doors[0]}/live/demo.flv`;
    const crowd = Array.from({ length: 20 }, () => cluster.closing(new ReconnectingViewer(flv)));
    const goesOn = async () => {
      const before = viewers.map(({ segments }) => segments.length);
      const came = crowd.map(({ cameMs }) => cameMs.length);
      await until(
        'segments come',
        () => viewers.every(({ segments }, at) => segments.length > (before[at] ?? 0) + 2),
        LONGEST_MS,
      );
      await until('all others get pictures', () =>
        crowd.every(({ cameMs }, at) => cameMs.length > (came[at] ?? 0) + 10),
      );
    };
    await goesOn();
    for (const name of NAMES) {
      await nodes[name].child.stop('SIGTERM');
      nodes[name] = await run(name);
      await until('the balancer has both again', async () => (await haproxy.up()) === 4);
      await goesOn();
    }
    const moves = viewers.map(({ segments }) => segments.filter(({ isDiscontinuity }) => isDiscontinuity).length);
    console.log(
      `${viewers.length} viewers saw ${viewers.map(({ segments }) => segments.length)} segments, ${moves} moves`,
    );
    for (const viewer of viewers) {
      const numbers = viewer.segments.map(({ number }) => number);
      const [first = 0] = numbers;
      expect(numbers, viewer.playlistUrl).toEqual(numbers.map((_number, at) => first + at));
      expect(viewer.mediaSequences, viewer.playlistUrl).toEqual(viewer.mediaSequences.toSorted((a, b) => a - b));
      expect(viewer.isEnded).toBe(false);
    }
    expect(Math.max(...moves)).toBeGreaterThan(0);
  }, 400_000);
});
