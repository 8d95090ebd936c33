import { randomInt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Archive, type ArchivedSegment } from '../../src/archive/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { FragmentReader } from '../../src/protocol/fmp4/index.ts';
import { framesOf, type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { type Headwater, runToEnd, tempDir, until } from '../support/index.ts';
import { openServer } from '../support/open-server.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';

/** A kill hits every stream at another instant of its segment. */
const STREAMS = ['a', 'b', 'c', 'restless'];
const INSTANTS = Number(process.env.TEST_KILL_INSTANTS ?? 20);
const KILLS = Math.ceil(INSTANTS / STREAMS.length);
const log = createLogger({ level: 'silent' });

let home: Awaited<ReturnType<typeof tempDir>>;
let flv: MadeFlv;
beforeAll(async () => {
  home = await tempDir('archive-kill');
  flv = await makeFlv({ seconds: 30, gop: 30, size: '160x90' });
});
afterAll(async () => {
  await flv?.remove();
  await home?.remove();
});

const folder = () => join(home.path, 'archive');
const openArchive = () => new Archive({ folder: folder(), log, nowMs: () => 0, reserveBytes: 0 });
const idOf = (name: string) => ({ domain: 'default', app: 'live', name });

/** Publishes all streams, watches them, and kills the server at some instant; gives what the viewers had. */
async function runAndKill(): Promise<Map<string, FlvViewer>> {
  const server = await openServer([{ match: { app: 'live' }, timeShift: { enabled: true } }], {
    dataDir: join(home.path, 'data'),
    env: { HEADWATER_ARCHIVE_DIR: folder(), HEADWATER_LIMITS_ARCHIVE_FREE_BYTES: '0' },
  });
  const stopping = new AbortController();
  const viewers = new Map<string, FlvViewer>();
  const publishing = STREAMS.map((name) => publish(server, name, viewers, stopping.signal));
  await until('all are watched', () => viewers.size === STREAMS.length - 1);
  const seen = viewers.get('a')!.tags.length;
  await until('something is written', () => viewers.get('a')!.tags.length > seen + 40);
  await delay(randomInt(2000));
  await server.stop('SIGKILL');
  stopping.abort();
  await Promise.all(publishing);
  return viewers;
}

async function publish(server: Headwater, name: string, viewers: Map<string, FlvViewer>, signal: AbortSignal) {
  await delay(randomInt(1000));
  while (!signal.aborted) {
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` }).catch(() => undefined);
    if (!publisher) return;
    const playing = playForEver(publisher, flv.tags);
    if (name === 'restless') await Promise.race([delay(500 + randomInt(1500)), publisher.closed]);
    else {
      viewers.set(name, await FlvViewer.open(`${server.playback}/live/${name}.flv`));
      await publisher.closed;
    }
    await playing.stop();
    await publisher.unpublish();
  }
}

/** How many moof and mdat that are whole a file has, counted here once more. */
function wholeFragments(file: Uint8Array): number {
  const view = Buffer.from(file);
  let [at, count, isMoof] = [0, 0, false];
  while (at + 8 <= view.length) {
    const [sizeBytes, type] = [view.readUInt32BE(at), view.toString('latin1', at + 4, at + 8)];
    if (sizeBytes < 8 || at + sizeBytes > view.length) break;
    if (type === 'mdat' && isMoof) count++;
    isMoof = type === 'moof';
    at += sizeBytes;
  }
  return count;
}

async function slicesOf(name: string): Promise<string[]> {
  const files = await readdir(join(folder(), 'default/live', name), { recursive: true });
  return files
    .filter((file) => file.endsWith('.mp4'))
    .map((file) => join(folder(), 'default/live', name, file))
    .sort((a, b) => Number(/(\d+)\.mp4/.exec(a)?.[1]) - Number(/(\d+)\.mp4/.exec(b)?.[1]));
}

async function mediaOf(archive: Archive, name: string, segments: readonly ArchivedSegment[]): Promise<Buffer> {
  const bytes = await Promise.all(segments.map((segment) => archive.bytes(idOf(name), segment)));
  return Buffer.concat([segments[0]?.slice.init ?? Buffer.alloc(0), ...bytes]);
}

/** A video sample's time on the clock that FLV timestamps have, too. */
function videoSamples(media: Uint8Array): { readonly dtsMs: number; readonly data: Uint8Array }[] {
  const samples = new FragmentReader().push(media).filter(({ track }) => track.codec === 'h264');
  return samples.map(({ dts, track, data }) => ({ dtsMs: Math.round((dts * 1000) / track.timescale), data }));
}

const TIMEOUT_MS = 120_000 + INSTANTS * 9000;

it('whatever instant the server is killed at, everything up to the last whole part plays', {
  timeout: TIMEOUT_MS,
}, async () => {
  let known: number[] = [];
  let [compared, fragments] = [0, 0];
  for (let kill = 0; kill < KILLS; kill++) {
    const viewers = await runAndKill();
    for (const name of STREAMS) {
      const last = (await slicesOf(name)).at(-1)!;
      const whole = wholeFragments(await readFile(last));
      const archive = openArchive();
      const segments = await archive.between(idOf(name), 0, 1e14);
      const first = Number(/(\d+)\.mp4$/.exec(last)?.[1]);
      const ofLast = segments.filter(({ slice }) => slice.first === first);
      const media = await mediaOf(archive, name, ofLast);
      expect([name, wholeFragments(media)]).toEqual([name, whole]);
      fragments += whole;
      if (whole === 0) continue;
      expect(await runToEnd('ffmpeg', ['-v', 'error', '-xerror', '-i', last, '-f', 'null', '-'])).toBe('');
      const samples = videoSamples(media);
      for (const [index, { dtsMs }] of samples.entries()) {
        if (index > 0) expect(Math.abs(dtsMs - samples[index - 1]!.dtsMs - 33)).toBeLessThan(3);
      }
      const seen = new Map(
        framesOf(viewers.get(name)?.tags ?? [], 'video').map((tag) => [tag.timestampMs, tag.payload]),
      );
      const both = samples.filter(({ dtsMs }) => seen.has(dtsMs));
      compared += both.length;
      for (const { dtsMs, data } of both) expect(Buffer.compare(seen.get(dtsMs)!.subarray(5), data)).toBe(0);
    }
    // What was there before stays as it was, and numbers go on.
    const all = (await openArchive().between(idOf('a'), 0, 1e14)).map(({ number }) => number);
    expect(all.slice(0, known.length)).toEqual(known);
    expect(new Set(all).size).toBe(all.length);
    known = all;
  }
  expect(known.length).toBeGreaterThan(KILLS);
  expect(compared).toBeGreaterThan(KILLS * 60);
  console.log(
    `${KILLS * STREAMS.length} instants: ${fragments} whole parts, all of them there; ${compared} samples the same`,
  );
  const archive = openArchive();
  for (const name of STREAMS) {
    for (const segment of await archive.between(idOf(name), 0, 1e14)) await archive.bytes(idOf(name), segment);
  }
});
