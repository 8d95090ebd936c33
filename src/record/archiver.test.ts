import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Archive, type ArchivedSegment } from '../archive/index.ts';
import type { RegistryListener, Stream, TrackSet } from '../live/index.ts';
import { publishAll, testAudioTrack, testPackets, testStream, testVideoTrack } from '../live/test-packets.ts';
import { createLogger } from '../log/index.ts';
import { HlsPackager } from '../packager/index.ts';
import { Archiver } from './archiver.ts';

const tracks: TrackSet = { video: testVideoTrack(), audio: testAudioTrack() };
const log = createLogger({ level: 'silent' });
const id = { domain: 'default', app: 'live', name: 'demo' };
const day = '1970-01-01';

let folder: string;
let troubles: unknown[];
let lost: number;
let nowMs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-archive-test-'));
  troubles = [];
  lost = 0;
  nowMs = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function openArchive() {
  return new Archive({ folder, log, nowMs: () => nowMs, reserveBytes: 0 });
}

/** A stream whose packager is followed by an archiver. */
function kept(archive: Archive, stream: Stream, onKept?: (number: number) => void) {
  const packager = new HlsPackager({
    ...{ stream, windowSegments: 6, segmentMs: 2000, partMs: 300, lowLatency: true, maxBytes: 1e9 },
  });
  let listener: RegistryListener = {};
  const archiver = new Archiver({
    registry: {
      listen: (given) => {
        listener = given;
        return () => {};
      },
    },
    isKept: () => true,
    packagerOf: () => packager,
    openWriter: (of) => {
      const writer = archive.writer(of, {
        onTrouble: (error) => troubles.push(error),
        onLost: (count) => {
          lost += count;
        },
        onKept: ({ number }) => onKept?.(number),
      });
      return { writer, close: () => archive.release(writer) };
    },
  });
  listener.renditionLive?.(stream);
  return { packager, archiver };
}

/** Publishes up to a time, ends the stream, and gives what the live packager had of each segment. */
async function record(toMs: number, of: TrackSet = tracks) {
  const archive = openArchive();
  const { stream } = testStream();
  const { packager, archiver } = kept(archive, stream);
  const live = new Map<number, Uint8Array>();
  const partsMs = new Map<number, number[]>();
  packager.window.onAdvance(() => {
    for (const segment of packager.window.segments) {
      partsMs.set(
        segment.number,
        segment.parts.map(({ durationMs }) => durationMs),
      );
      if (!segment.isWhole) continue;
      live.set(segment.number, packager.segment(segment.number, 'fmp4') ?? new Uint8Array(0));
    }
  });
  publishAll(stream, of, testPackets({ tracks: of, toMs, fps: of.audio ? 25 : 10 }));
  stream.end();
  await archiver.close();
  return { live, partsMs, archive };
}

async function slices(): Promise<string[]> {
  return (await readdir(join(folder, 'default/live/demo', day))).filter((name) => name.endsWith('.mp4')).sort();
}

const all = (archive: Archive) => archive.between(id, 0, 1e12);
const numbers = (segments: readonly ArchivedSegment[]) => segments.map(({ number }) => number);

async function expectLiveBytes(archive: Archive, live: ReadonlyMap<number, Uint8Array>): Promise<void> {
  const segments = await all(archive);
  expect(segments.length).toBeGreaterThan(0);
  for (const segment of segments) {
    expect(Buffer.compare(await archive.bytes(id, segment), live.get(segment.number) ?? Buffer.alloc(0))).toBe(0);
  }
}

describe('the archive', () => {
  it('has every segment as it was live, also after a restart', async () => {
    const { live, archive } = await record(21_000);
    expect(numbers(await all(archive))).toEqual([...live.keys()]);
    expect(live.size).toBe(11);
    await expectLiveBytes(archive, live);
    await archive.close();
    const again = openArchive();
    expect(await all(again)).toEqual(await all(archive));
    await expectLiveBytes(again, live);
    expect(lost).toBe(0);
    await again.close();
  });

  it('begins a slice a minute, each with its init segment', async () => {
    const { archive, live } = await record(150_000);
    const files = await slices();
    expect(files).toEqual(['100.mp4', '130.mp4', '160.mp4']);
    const [first] = await all(archive);
    expect(live.size).toBe(75);
    for (const file of files) {
      const bytes = await readFile(join(folder, 'default/live/demo', day, file));
      expect(bytes.subarray(0, first!.slice.init.length).equals(Buffer.from(first!.slice.init))).toBe(true);
    }
    await archive.close();
  });

  it('answers by time, by number, and with intervals', async () => {
    const { archive } = await record(30_000);
    expect(numbers(await archive.between(id, 4000, 8000))).toEqual([102, 103]);
    expect(numbers(await archive.between(id, 3999, 8001))).toEqual([101, 102, 103, 104]);
    expect(numbers(await archive.between(id, 90_000, 99_000))).toEqual([]);
    expect((await archive.find(id, 105))?.startDtsMs).toBe(10_000);
    expect(await archive.find(id, 99)).toBeUndefined();
    expect(await archive.find({ ...id, name: 'other' }, 105)).toBeUndefined();
    expect(numbers(await archive.from(id, 112, 10))).toEqual([112, 113, 114]);
    expect(numbers(await archive.since(id, 112))).toEqual([112, 113, 114]);
    expect(numbers(await archive.since(id, 0))).toHaveLength(15);
    expect(numbers(await archive.since(id, 115))).toEqual([]);
    expect(numbers(await archive.before(id, 104, 5000))).toEqual([101, 102, 103]);
    expect(numbers(await archive.before(id, 101, 5000))).toEqual([100]);
    expect(await archive.timeline(id, 5000, 11_000)).toEqual([{ startMs: 4000, endMs: 12_000 }]);
    await archive.close();
  });

  it('goes on after a gap and with other tracks in a new slice', async () => {
    const archive = openArchive();
    const { stream } = testStream();
    const { archiver } = kept(archive, stream);
    publishAll(stream, tracks, testPackets({ tracks, toMs: 4500 }));
    stream.interrupt();
    stream.resume();
    const others = { video: testVideoTrack({ width: 640 }), audio: tracks.audio! };
    publishAll(stream, others, testPackets({ tracks: others, fromMs: 20_000, toMs: 24_000 }));
    stream.end();
    await archiver.close();
    const found = await all(archive);
    expect(found.map(({ isDiscontinuity }) => isDiscontinuity)).toEqual([false, false, false, true, false]);
    expect(found.at(-1)?.slice.tracks.video?.width).toBe(640);
    expect(await slices()).toEqual(['100.mp4', '103.mp4']);
    expect(await archive.timeline(id, 0, 1e6)).toHaveLength(2);
    await archive.close();
  });
});

describe('after a crash', () => {
  it('everything up to the last whole part is there, wherever the last part was cut', async () => {
    const { live, partsMs, archive } = await record(9000, { video: testVideoTrack() });
    await archive.close();
    const file = join(folder, 'default/live/demo', day, '100.mp4');
    const slice = await readFile(file);
    // The crash came before the slice's end was written, and the last segment's line.
    const size = slice.indexOf(live.get(104)!) + live.get(104)!.length;
    const index = join(folder, 'default/live/demo', day, 'index');
    const lines = (await readFile(index, 'utf8')).trimEnd().split('\n').slice(0, -2);
    const last = live.get(104)!;
    const parts = boxesAt(last);
    for (let bytes = size; bytes > size - parts.at(-1)!.sizeBytes - 8; bytes--) {
      await writeFile(index, `${lines.join('\n')}\n`);
      await writeFile(file, slice.subarray(0, bytes));
      const again = openArchive();
      const found = await again.find(id, 104);
      const whole = parts.filter(({ end }) => size - last.length + end <= bytes);
      expect(found?.sizeBytes).toBe(whole.at(-1)?.end);
      const wholeMs = partsMs.get(104)!.slice(0, whole.length);
      expect(found?.durationMs).toBe(wholeMs.reduce((sum, each) => sum + each, 0));
      expect(
        Buffer.from(last)
          .subarray(0, found?.sizeBytes)
          .equals(await again.bytes(id, found!)),
      ).toBe(true);
      await again.close();
    }
  });
});

/** The parts of a segment: where each ends and how long it is. */
function boxesAt(segment: Uint8Array): { end: number; sizeBytes: number }[] {
  const view = Buffer.from(segment);
  const parts: { end: number; sizeBytes: number }[] = [];
  for (let at = 0; at < view.length; ) {
    const moof = view.readUInt32BE(at);
    const mdat = view.readUInt32BE(at + moof);
    at += moof + mdat;
    parts.push({ end: at, sizeBytes: moof + mdat });
  }
  return parts;
}
