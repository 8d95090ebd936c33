import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { type OpenPage, openPage } from './browser.ts';
import { blockOfGuide } from './guide.ts';
import { until } from './until.ts';

/** hls.js with its defaults, or without low latency. */
export type PlainKind = 'llhls' | 'hls';

/** What a page said since it was asked for last. */
export type PlainReading = {
  /** Errors that its library gave up at. */
  readonly fatal: readonly string[];
  /** All others. */
  readonly errors: readonly string[];
  readonly frames: number;
  readonly height: number;
  /** The longest time without a new picture. */
  readonly longestMs: number;
  /** The longest time for which the page answered nobody. */
  readonly longestTaskMs: number;
};

export type PlainPage = OpenPage & {
  readonly name: string;
  readonly goesOn: boolean;
  reading(): Promise<PlainReading>;
  /** Waits until that many more pictures were shown. */
  untilMoreFrames(frames: number, timeoutMs?: number): Promise<void>;
};

/** Somebody else's web site, with hls.js alone. */
export type PlainSite = {
  /** @param goesOn does what docs/embedding.md says of hls.js */
  open(kind: PlainKind, url: string, goesOn?: boolean): Promise<PlainPage>;
  close(): Promise<void>;
};

const LIBRARY = fileURLToPath(import.meta.resolve('hls.js/dist/hls.min.js'));

const PAGE = `<!doctype html><title>a site</title><link rel="icon" href="data:,">
<video muted autoplay playsinline width="160"></video><script src="/hls.js"></script>
<script>
  const { kind, url } = Object.fromEntries(new URLSearchParams(location.search));
  const video = document.querySelector('video');
  const frames = () => video.getVideoPlaybackQuality().totalVideoFrames;
  let [shown, atMs] = [0, performance.now()];
  const nothing = () => ({ fatal: [], errors: [], longestMs: 0, longestTaskMs: 0 });
  let said = nothing();
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) said.longestTaskMs = Math.max(said.longestTaskMs, Math.round(duration));
  }).observe({ type: 'longtask' });
  setInterval(() => {
    const nowMs = performance.now();
    if (shown > 0) said.longestMs = Math.max(said.longestMs, Math.round(nowMs - atMs));
    if (frames() !== shown) [shown, atMs] = [frames(), nowMs];
  }, 50);
  window.read = () => {
    const reading = { ...said, frames: frames(), height: video.videoHeight };
    said = nothing();
    return reading;
  };
  if (kind === 'hls') Hls.DefaultConfig.lowLatencyMode = false;
  LINES
  hls.on(Hls.Events.ERROR, (_event, { fatal, details, error }) => {
    said[fatal ? 'fatal' : 'errors'].push(details + ' ' + error?.message.slice(0, 200));
  });
  hls.loadSource(url);
  hls.attachMedia(video);
</script>`;

/** Opens the site; its pages are closed with it. */
export async function openPlainSite(browser: Browser): Promise<PlainSite> {
  const goingOn = await blockOfGuide('embedding.md', 'hls.js');
  const site = createServer(({ url = '' }, response) => {
    const lines = url.includes('goesOn=true') ? goingOn : 'const hls = new Hls();';
    if (url === '/hls.js') createReadStream(LIBRARY).pipe(response.setHeader('content-type', 'text/javascript'));
    else response.setHeader('content-type', 'text/html').end(PAGE.replace('LINES', () => lines));
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const pages: OpenPage[] = [];
  return {
    async open(kind, url, goesOn = false) {
      const query = new URLSearchParams({ kind, url, goesOn: String(goesOn) });
      const viewport = { width: 320, height: 240 };
      const opened = await openPage(browser, `${origin}/?${query}`, { viewport });
      pages.push(opened);
      const { page } = opened;
      const frames = () => page.evaluate<number>('frames()');
      return {
        ...opened,
        name: `${kind}${new URL(url).search}`,
        goesOn,
        reading: () => page.evaluate<PlainReading>('read()'),
        async untilMoreFrames(more, timeoutMs = 60_000) {
          const before = await frames();
          await until(`${kind} shows ${more} pictures`, async () => (await frames()) >= before + more, timeoutMs, 100);
        },
      };
    },
    async close() {
      await Promise.all(pages.map(({ close }) => close()));
      site.close();
    },
  };
}
