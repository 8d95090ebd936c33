import { setTimeout as delay } from 'node:timers/promises';
import type { BenchServer } from '../servers.ts';
import type { SuiteOptions } from '../suite.ts';
import { type Answer, Viewer } from './playlist-viewer.ts';
import { shiftedServer } from './shifted-server.ts';
import { quantile, row } from './table.ts';

type Kind = { readonly name: string; readonly isLong?: boolean; readonly ask: (viewer: Viewer) => Promise<Answer[]> };

const TIMES = 150;
const LONG_TIMES = 10;
const LAG_SECONDS = [2000, 86_000] as const;
const RELOADS = 2;
/** Three parts a second are added, so that some reloads find the playlist changed and some do not. */
const NEAR_PAUSE_MS = 120;
const WATCH_PAUSE_MS = 5;
const ALONE_MS = 500;

/** Playlists and timelines of random moments of a day, one request at a time, while the stream is live. */
export async function playlists({ clip }: SuiteOptions): Promise<void> {
  const server = await shiftedServer({ clip, nearSeconds: 1800, seconds: 120 });
  const viewer = new Viewer(server.urls.hls);
  try {
    const [first] = await viewer.play(`?lhs_offset_unix_s_0=${moment()}`);
    row('the first lagging playlist since the start, ms', '', (first?.ms ?? Number.NaN).toFixed(1));
    for (const kind of kindsOf(server)) await measure(viewer, kind);
    await liveMeanwhile(server, viewer);
  } finally {
    viewer.close();
    await server.stop();
  }
}

async function measure(viewer: Viewer, { name, isLong = false, ask }: Kind): Promise<void> {
  const answers: Answer[] = [];
  for (let i = 0; i < (isLong ? LONG_TIMES : TIMES); i++) answers.push(...(await ask(viewer)));
  const ms = answers.map((answer) => answer.ms);
  const [p50, p95, max] = [0.5, 0.95, 1].map((q) => quantile(ms, q).toFixed(1));
  const kilobytes = Math.max(...answers.map(({ sizeBytes }) => sizeBytes)) / 1024;
  const firstMs = isLong
    ? `, first byte p95 ${quantile(
        answers.map((each) => each.firstByteMs),
        0.95,
      ).toFixed(1)} ms`
    : '';
  row(`${name}, p50 / p95 / max`, isLong ? 'exempt' : '10 ms (p95)', `${p50} / ${p95} / ${max} ms${firstMs}`);
  row(`${name}, gzipped, largest`, isLong ? 'exempt' : '64 KB', `${kilobytes.toFixed(1)} KB`);
}

/** How long live playlists take while somebody reads playlists of the whole day, one after the other, and otherwise. */
async function liveMeanwhile({ urls }: BenchServer, viewer: Viewer): Promise<void> {
  const beside = new Viewer(urls.hls);
  const ms: Record<'alone' | 'meanwhile', number[]> = { alone: [], meanwhile: [] };
  const watch = async (during: Promise<unknown>, into: number[]) => {
    let isOver = false;
    void during.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      into.push((await beside.live()).ms);
      await delay(WATCH_PAUSE_MS);
    }
  };
  await beside.live();
  for (let i = 0; i < LONG_TIMES; i++) {
    await watch(delay(ALONE_MS), ms.alone);
    await watch(viewer.play(range('vodend', 86_000)), ms.meanwhile);
  }
  beside.close();
  const shown = (each: number[]) => [0.95, 1].map((q) => quantile(each, q).toFixed(1)).join(' / ');
  row('live playlist meanwhile (and otherwise), p95 / max', '', `${shown(ms.meanwhile)} (${shown(ms.alone)}) ms`);
}

function kindsOf({ urls }: BenchServer): Kind[] {
  const timeline = new URL(urls.hls);
  timeline.pathname = '/openapi/timeline/query';
  timeline.search = '?app=live&stream=test&format=ts';
  return [
    { name: 'lagging', ask: (viewer) => viewer.play(`?lhs_offset_unix_s_0=${moment()}`, RELOADS) },
    { name: 'window of ten minutes', ask: (viewer) => viewer.play(range('end', 600), RELOADS) },
    { name: 'live with its last half hour', ask: (viewer) => near(viewer) },
    { name: 'timeline of the day', ask: async (viewer) => [await viewer.get(timeline.href)] },
    { name: 'vodend of an hour', isLong: true, ask: (viewer) => viewer.play(range('vodend', 3600)) },
    { name: 'vodend of the day', isLong: true, ask: (viewer) => viewer.play(range('vodend', 86_000)) },
  ];
}

async function near(viewer: Viewer): Promise<Answer[]> {
  await delay(NEAR_PAUSE_MS);
  return [await viewer.live()];
}

/** Seconds ago. */
function moment(): number {
  const [from, to] = LAG_SECONDS;
  return Math.round(from + Math.random() * (to - from));
}

function range(end: 'end' | 'vodend', seconds: number): string {
  const agoSeconds = Math.max(moment(), seconds + 60);
  const start = Math.floor(Date.now() / 1000) - Math.min(agoSeconds, 86_100);
  return `?lhs_start_unix_s_0=${start}&lhs_${end}_unix_s_0=${start + seconds}`;
}
