import { copyFile, link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Archive, type ArchivedSegment, type ArchivedSlice } from '../../../src/archive/index.ts';
import { encodeIndexLine, type IndexLine } from '../../../src/archive/index-line.ts';
import { dayOf, INDEX_FILE, sliceFile, streamFolder } from '../../../src/archive/layout.ts';
import { Ingest } from '../../../src/ingest/index.ts';
import type { StreamId } from '../../../src/live/index.ts';
import { TEST_PLAN, testStream } from '../../../src/live/test-packets.ts';
import { createLogger } from '../../../src/log/index.ts';
import { HlsPackager } from '../../../src/packager/index.ts';
import type { FlvTag } from '../../../src/protocol/flv/index.ts';
import { readFlv } from '../../support/flv-file.ts';

export type MadeArchiveOptions = {
  readonly folder: string;
  readonly id: StreamId;
  /** Looped until a slice is full. */
  readonly clip: string;
  readonly segments: number;
  /** Wall clock at the end of the last segment. */
  readonly endMs: number;
  readonly lastNumber: number;
  /** Files on the disk that slices are links to, in turn: so many are not in the processor's cache. */
  readonly files?: number;
};

type Model = { readonly segments: readonly ArchivedSegment[]; readonly file: string };

const SLICE_MS = 60_000;
const WHOLE_SLICE = 30;

/**
 * An archive as one publication leaves it: a slice that was really packaged and written, and links to it, with the index
 * that each would have got.
 */
export async function makeArchive(options: MadeArchiveOptions): Promise<void> {
  const { folder, id, segments: wanted, endMs, lastNumber, files = 1 } = options;
  await mkdir(folder, { recursive: true });
  const workFolder = await mkdtemp(join(folder, '.model-'));
  const model = await writeSlice(workFolder, options);
  const originals = await copies(model.file, workFolder, files);
  const slices = Math.ceil(wanted / WHOLE_SLICE);
  const startMs = endMs - slices * SLICE_MS;
  const lines = new Map<string, IndexLine[]>();
  for (let index = 0; index < slices; index++) {
    const shiftMs = index * SLICE_MS;
    const first = lastNumber + 1 - (slices - index) * WHOLE_SLICE;
    const day = dayOf(startMs + shiftMs);
    const path = join(streamFolder(folder, id), day);
    if (!lines.has(day)) {
      lines.set(day, [initLine(model)]);
      await mkdir(path, { recursive: true });
    }
    await link(originals[index % files] ?? model.file, join(path, sliceFile(first)));
    lines.get(day)?.push(...sliceLines(model, { first, shiftMs, startMs, isFirst: index === 0 }));
  }
  for (const [day, each] of lines) {
    await writeFile(join(streamFolder(folder, id), day, INDEX_FILE), each.map(encodeIndexLine).join(''));
  }
  await rm(workFolder, { recursive: true });
}

function initLine({ segments }: Model): IndexLine {
  const { initName, init, tracks } = sliceOf(segments);
  return { kind: 'init', name: initName, bytes: init, tracks };
}

type Place = {
  readonly first: number;
  readonly shiftMs: number;
  readonly startMs: number;
  readonly isFirst: boolean;
};

function sliceLines({ segments }: Model, { first, shiftMs, startMs, isFirst }: Place): IndexLine[] {
  const [origin] = segments;
  const moved = segments.map(({ slice: _, ...segment }, at) => ({
    ...segment,
    number: first + at,
    wallMs: startMs + shiftMs + segment.startDtsMs - (origin?.startDtsMs ?? 0),
    startDtsMs: shiftMs + segment.startDtsMs,
    isDiscontinuity: isFirst && segment.isDiscontinuity,
  }));
  const last = moved.at(-1);
  const endMs = (last?.wallMs ?? 0) + (last?.durationMs ?? 0);
  const sizeBytes = (last?.offset ?? 0) + (last?.sizeBytes ?? 0);
  return [
    { kind: 'slice', first, initName: origin?.slice.initName ?? '' },
    ...moved.map((segment) => ({ kind: 'segment', first, segment }) as const),
    { kind: 'ended', first, lastNumber: last?.number ?? first, endMs, sizeBytes },
  ];
}

/** A file for each turn, the first being the slice itself. */
async function copies(file: string, folder: string, count: number): Promise<string[]> {
  const made = [file];
  for (let index = 1; index < count; index++) {
    const copy = join(folder, `copy-${index}.mp4`);
    await copyFile(file, copy);
    made.push(copy);
  }
  return made;
}

/** Packages the clip as the server does and writes one whole slice of it. */
async function writeSlice(folder: string, { id, clip }: MadeArchiveOptions): Promise<Model> {
  const packager = packaged(await readFlv(clip));
  const log = createLogger({ level: 'silent' });
  const archive = new Archive({ folder, log, nowMs: () => performance.now(), reserveBytes: 0 });
  const troubles: unknown[] = [];
  const writer = archive.writer(id, {
    onTrouble: (error) => troubles.push(error),
    onLost: (count) => troubles.push(count),
  });
  for (const segment of packager.window.segments.slice(0, WHOLE_SLICE)) {
    const kept = { ...segment, init: packager.initOf(segment.tracks) };
    for (const part of segment.parts) writer.part(kept, packager.clearPart(segment, part));
    writer.whole(segment.number, segment.durationMs);
  }
  await archive.release(writer);
  const segments = await archive.between(id, 0, Number.MAX_SAFE_INTEGER);
  if (troubles.length > 0 || segments.length !== WHOLE_SLICE || new Set(segments.map(({ slice }) => slice)).size > 1) {
    throw new Error('the clip does not make one whole slice', { cause: troubles });
  }
  const { day, first } = sliceOf(segments);
  return { segments, file: join(streamFolder(folder, id), day, sliceFile(first)) };
}

function sliceOf([first]: readonly ArchivedSegment[]): ArchivedSlice {
  if (!first) throw new Error('the clip gave no segment');
  return first.slice;
}

/** The clip twice, so that it fills a slice and the segment behind it ends the last. */
function packaged(tags: readonly FlvTag[]): HlsPackager {
  const { stream, clock } = testStream({ plan: { ...TEST_PLAN, firstSegment: 1 } });
  const sizes = { windowSegments: 1000, segmentMs: TEST_PLAN.segmentMs, partMs: TEST_PLAN.partMs, maxBytes: 1e9 };
  const packager = new HlsPackager({ stream, lowLatency: true, ...sizes });
  const ingest = new Ingest({ stream, clock });
  ingest.promise({ video: true, audio: true });
  const loopMs = SLICE_MS / 2;
  let lastMs = 0;
  for (const loop of [0, 1, 2]) {
    for (const { type, timestampMs, payload } of tags) {
      const atMs = timestampMs + loop * loopMs;
      if (timestampMs >= loopMs || atMs >= SLICE_MS + 2 * TEST_PLAN.segmentMs) continue;
      clock.advance(Math.max(0, atMs - lastMs));
      lastMs = Math.max(lastMs, atMs);
      if (type === 'video') ingest.video(atMs, payload);
      else if (type === 'audio') ingest.audio(atMs, payload);
    }
  }
  stream.end();
  return packager;
}
