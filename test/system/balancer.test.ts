import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenPage, openBrowser, openPage, readPlayer, untilMoreFrames, untilState } from '../support/browser.ts';
import { openCluster, type TestCluster } from '../support/cluster.ts';
import { freePort } from '../support/free-port.ts';
import { blockOfGuide, haproxyAt, nginxAt } from '../support/guide.ts';
import { type HAProxy, startHAProxy } from '../support/haproxy.ts';
import { HlsViewer } from '../support/hls-viewer.ts';
import { type Child, type Headwater, start, testPictureArgs, until } from '../support/index.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { ReconnectingViewer } from '../support/reconnecting-viewer.ts';

const NAMES = ['one', 'two'] as const;
type Name = (typeof NAMES)[number];
type Ports = { readonly rtmp: number; readonly playback: number; readonly metrics: number; readonly cluster: number };

/** A busy machine takes its time to start an encoder and to show a picture. */
const LONGEST_MS = 120_000;
const nodes = {} as Record<Name, Headwater>;
const ports = {} as Record<Name, Ports>;
const pages: OpenPage[] = [];
let cluster: TestCluster;
let nginx: Nginx;
let haproxy: HAProxy;
let browser: Browser;
let encoder: { stop(): Promise<void> };
let rtmpPort: number;
let httpPort: number;

beforeAll(async () => {
  browser = await openBrowser();
  cluster = await openCluster('balancer', { rules: { domains: [OPEN_DOMAIN] }, endBy: 'SIGKILL' });
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

/** From here on, all that the player says of itself. */
async function follow(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    const said = (window.__said = []);
    setInterval(() => said.at(-1) !== __headwater.state && said.push(__headwater.state), 50);
  })()`);
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
  }, 300_000);

  it.each([
    ['the one that a stream is pushed to is killed', 'owner', 'SIGKILL'],
    ['then the other one, to which all came', 'owner', 'SIGKILL'],
    ['the one that a stream is pushed to is stopped in peace', 'owner', 'SIGTERM'],
    ['the one is killed that only serves viewers', 'other', 'SIGKILL'],
  ] as const)(
    'go on in Chromium when %s',
    async (_what, which, signal) => {
      const name = (await owner())[which];
      await nodes[name].child.stop(signal);
      const goneMs = performance.now();
      await owner();
      for (const opened of pages) await expectPlaying(opened);
      console.log(`${which} ${signal}: all pages play on after ${((performance.now() - goneMs) / 1000).toFixed(1)} s`);
      nodes[name] = await run(name);
      await until('the balancer has both again', async () => (await haproxy.up()) === 4);
    },
    400_000,
  );

  it('lose at most the segment that was open when both are upgraded in turn', async () => {
    const address = `http://127.0.0.1:${httpPort}/live/demo.m3u8`;
    const viewer = cluster.closing(await HlsViewer.open(address, { lowLatency: true, container: 'fmp4' }));
    const flv = address.replace('.m3u8', '.flv');
    const crowd = Array.from({ length: 20 }, () => cluster.closing(new ReconnectingViewer(flv)));
    const goesOn = async () => {
      const before = viewer.segments.length;
      const came = crowd.map(({ cameMs }) => cameMs.length);
      await until('segments come', () => viewer.segments.length > before + 2, LONGEST_MS);
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
    const holes = viewer.segments.filter(
      ({ number }, at) => at > 0 && number !== (viewer.segments[at - 1]?.number ?? 0) + 1,
    );
    // Each is where the stream went to the other node.
    expect(holes.filter(({ isDiscontinuity }) => !isDiscontinuity)).toEqual([]);
    expect(holes.length).toBeLessThanOrEqual(NAMES.length);
    expect(viewer.mediaSequences).toEqual(viewer.mediaSequences.toSorted((a, b) => a - b));
    expect(viewer.isEnded).toBe(false);
  }, 400_000);
});
