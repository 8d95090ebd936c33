import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeVideoTag, type FlvTag } from '../../src/protocol/flv/index.ts';
import { readFlv } from '../support/flv-file.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { until } from '../support/until.ts';
import { type BenchServer, headwater } from './servers.ts';
import type { SuiteOptions } from './suite.ts';

const LOW = { name: 'low', video: { shortSide: 360, bitrateKbps: 800, preset: 'veryfast' } };
const THREE = ['lld', 'lsd', 'lhd'];
const STARTS = 8;
const CLOCK_TICKS = 100;
/** Server and FFmpeg share the machine, as they do where they run. */
const ALL_CORES = '0-1';

/** What renditions add: delay, our own processor time, and the wait of the first viewer. */
export async function ladder({ seconds, clip, heavyClip }: SuiteOptions): Promise<void> {
  const tags = await readFlv(clip);
  await delayOf(tags, seconds);
  await firstPicture(tags);
  await ownShare(await readFlv(heavyClip), seconds);
}

/** How far a 360p rendition is behind its 720p source, frame by frame, at two viewers. */
async function delayOf(tags: readonly FlvTag[], seconds: number): Promise<void> {
  const server = await ladderServer({ templates: ['low'], lazy: false });
  const publisher = await publishTo(server, 'test', tags);
  const source = await Arrivals.open(server, 'test');
  const rendition = await Arrivals.open(server, 'test_low');
  await delay(3000);
  source.forget();
  rendition.forget();
  await delay(seconds * 1000);
  const delays = [...rendition.at].flatMap(([time, atMs]) => {
    const leftMs = source.at.get(time);
    return leftMs === undefined ? [] : [atMs - leftMs];
  });
  report('behind the source, ms', delays);
  await source.close();
  await rendition.close();
  await publisher.stop();
  await server.stop();
}

/** From the request of a lazy rendition's first viewer to the first picture. */
async function firstPicture(tags: readonly FlvTag[]): Promise<void> {
  const server = await ladderServer({ templates: ['low'] });
  const waits: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const name = `s${start}`;
    const publisher = await publishTo(server, name, tags);
    await delay(3000 + start * 250);
    const askedMs = performance.now();
    const viewer = await Arrivals.open(server, `${name}_low`);
    await until('a picture comes', () => viewer.at.size > 0);
    waits.push(viewer.firstMs - askedMs);
    await viewer.close();
    await publisher.stop();
  }
  report('first picture of a lazy rendition, ms', waits);
  await server.stop();
}

/** Processor time of the server without FFmpeg, for 5 Mb/s with three renditions and without. */
async function ownShare(tags: readonly FlvTag[], seconds: number): Promise<void> {
  const shares: number[] = [];
  for (const templates of [[], THREE]) {
    const server = await ladderServer({ templates, lazy: false });
    const publisher = await publishTo(server, 'test', tags);
    await delay(8000);
    const before = cpuSeconds(server.pid);
    const startedMs = performance.now();
    await delay(seconds * 1000);
    const share = (100_000 * (cpuSeconds(server.pid) - before)) / (performance.now() - startedMs);
    shares.push(share);
    console.log(`| server, ${templates.length} renditions, % of a core | ${share.toFixed(1)} |`);
    await publisher.stop();
    await server.stop();
  }
  const [without = 0, withThree = 0] = shares;
  console.log(`| our own part of the pipe, % of a core | ${(withThree - without).toFixed(1)} |`);
}

function ladderServer(transcode: object): Promise<BenchServer> {
  return headwater({ mergeWindowMs: 0, transcode, templates: [LOW], cores: ALL_CORES });
}

async function publishTo(server: BenchServer, name: string, tags: readonly FlvTag[]) {
  const port = Number(new URL(server.urls.rtmp).port);
  const publisher = await RtmpPublisher.open({ port, path: `live/${name}` });
  const playing = playForEver(publisher, tags);
  return {
    async stop() {
      await playing.stop();
      await publisher.unpublish();
    },
  };
}

/** When each picture came to a viewer, by its time of presentation. */
class Arrivals {
  readonly at = new Map<number, number>();
  firstMs = 0;
  readonly #viewer: FlvViewer;
  #seen = 0;

  private constructor(viewer: FlvViewer) {
    this.#viewer = viewer;
    viewer.response.on('data', () => this.#look());
    this.#look();
  }

  static async open(server: BenchServer, name: string): Promise<Arrivals> {
    return new Arrivals(await FlvViewer.open(server.urls.flv.replace('test.flv', `${name}.flv`)));
  }

  forget(): void {
    this.at.clear();
  }

  close(): Promise<void> {
    return this.#viewer.close();
  }

  #look(): void {
    const nowMs = performance.now();
    for (const tag of this.#viewer.tags.slice(this.#seen)) {
      this.#seen++;
      if (tag.type !== 'video') continue;
      const frame = decodeVideoTag(tag.payload);
      if (frame.kind !== 'frame') continue;
      if (this.firstMs === 0) this.firstMs = nowMs;
      this.at.set(tag.timestampMs + frame.compositionTimeMs, nowMs);
    }
  }
}

function report(what: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
  console.log(`| ${what} | p50 ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)}, n ${sorted.length} |`);
}

/** Of the process itself, without its children. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}
