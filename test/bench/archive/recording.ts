import { setTimeout as delay } from 'node:timers/promises';
import { type LoadResult, publish, runClient } from '../load.ts';
import { type BenchServer, headwater } from '../servers.ts';
import type { SuiteOptions } from '../suite.ts';
import { mean, row } from './table.ts';

/** The least that a rule may say, so that the measured time has its part of the making of files. */
const CYCLE_SECONDS = 15;
const SHORT_SECONDS = 6;
/** Until the first segment is whole; the delay of the recording is longer than the run. */
const STARTING_MS = 2500;
/** With the longest slices: what making files costs by their size more than by their number. */
const MINUTE_SECONDS = 60;
const ORDER = [
  ...(['plain', 'archived', 'packaged', 'recorded', 'minutely'] as const),
  ...(['packaged', 'recorded', 'archived', 'plain'] as const),
] as const;
/** One alone is within the noise. */
const STREAMS = 4;
/** None of these ends within a run. */
const LONG_CYCLE_SECONDS = 900;

const RULES = {
  /** Relayed to viewers and nothing else. */
  plain: {},
  /** As it is for whoever watches by HLS, and what the archive takes its segments from. */
  packaged: { hls: { always: true } },
  /** Kept for time shift and for files that are made later. */
  archived: recordedIn(LONG_CYCLE_SECONDS),
  recorded: recordedIn(CYCLE_SECONDS),
  minutely: recordedIn(MINUTE_SECONDS),
};
type Name = keyof typeof RULES;
/** How long each is measured: a cycle, so that each has its part of the making of files. */
const SECONDS: Readonly<Record<Name, number>> = {
  ...{ plain: SHORT_SECONDS, packaged: SHORT_SECONDS, archived: SHORT_SECONDS },
  recorded: CYCLE_SECONDS + 1,
  minutely: MINUTE_SECONDS + 1,
};

function recordedIn(cycleSeconds: number): object {
  const formats = [
    { format: 'mp4', cycleSeconds },
    { format: 'm3u8', cycleSeconds, sliceSeconds: Math.min(30, cycleSeconds) },
  ];
  return { record: { enabled: true, formats, delaySeconds: 600 }, timeShift: { enabled: true } };
}

/** What recording a stream of 5 Mb/s costs beside relaying it to a viewer, who may not notice. */
export async function recording({ heavyClip }: SuiteOptions): Promise<void> {
  const streams = Object.entries(RULES).map(([app, rules]) => ({ match: { app }, ...rules }));
  const server = await headwater({ mergeWindowMs: 0, streams });
  const results: Record<Name, LoadResult[]> = { plain: [], packaged: [], archived: [], recorded: [], minutely: [] };
  try {
    for (const [index, name] of ORDER.entries()) {
      results[name].push(await measure(server, `${name}/s${index}`, heavyClip, SECONDS[name]));
    }
  } finally {
    await server.stop();
  }
  const each = (name: Name) => results[name].map(({ server }) => server.cpu_pct / STREAMS);
  const cpu = (name: Name) => mean(each(name));
  const latency = (name: Name) => results[name].map(({ latency_ms }) => latency_ms?.p95.toFixed(1)).join(', ');
  for (const name of ['plain', 'packaged', 'archived', 'recorded', 'minutely'] as const) {
    const rounds = each(name).map((percent) => percent.toFixed(2));
    row(`5 Mb/s, one of ${STREAMS}, ${name}, % of a core`, '', `${cpu(name).toFixed(2)} (${rounds.join(', ')})`);
    row(`the same, latency of the viewer, p95 of each round`, '', `${latency(name)} ms`);
  }
  const more = (name: Name, than: Name) => (cpu(name) - cpu(than)).toFixed(2);
  row('packaging, % of a core', '', more('packaged', 'plain'));
  row('archiving what is packaged, % of a core', '', more('archived', 'packaged'));
  row(`making files of ${CYCLE_SECONDS} s of it, mp4 and m3u8, % of a core`, '', more('recorded', 'archived'));
  row('recording in files of 15 minutes, while none is made, % of a core', '1.5', more('archived', 'plain'));
  row('recording in files of a minute, % of a core', '1.5', more('minutely', 'plain'));
  row(`recording in files of ${CYCLE_SECONDS} s, % of a core`, '1.5', more('recorded', 'plain'));
}

async function measure(server: BenchServer, path: string, clip: string, seconds: number): Promise<LoadResult> {
  const at = (url: string) => url.replace('live/test', path);
  const publisher = publish(at(server.publishUrl ?? ''), clip, seconds + 30, STREAMS);
  try {
    await delay(STARTING_MS);
    const watched = { ...server, urls: { ...server.urls, flv: at(server.urls.flv).replace(/\.flv$/, '0.flv') } };
    return runClient(watched, 'flv', { players: 1, seconds, settlingSeconds: 0.5 });
  } finally {
    publisher.kill('SIGTERM');
    await delay(500);
  }
}
