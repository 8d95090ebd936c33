import { Archive, type ArchiveReader } from '../../src/archive/index.ts';
import type { StreamId, TrackSet } from '../../src/live/index.ts';
import { TestClock } from '../../src/live/test-clock.ts';
import {
  publishAll,
  TEST_PLAN,
  testAudioTrack,
  testPackets,
  testStream,
  testVideoTrack,
} from '../../src/live/test-packets.ts';
import { createLogger } from '../../src/log/index.ts';
import { HlsPackager } from '../../src/packager/index.ts';
import { tempDir } from './temp-dir.ts';

export const ARCHIVED: StreamId = { domain: 'default', app: 'live', name: 'demo' };
export const TEST_TRACKS: TrackSet = { video: testVideoTrack(), audio: testAudioTrack() };

export type ArchivedRun = {
  readonly id?: StreamId;
  readonly seconds: number;
  readonly gopMs?: number;
  /** Wall clock of the first packet. */
  readonly wallMs: number;
  readonly firstSegment?: number;
  readonly tracks?: TrackSet;
  readonly frameBytes?: number;
  /** Interrupted after so many seconds, and resumed as long after as it is said. */
  readonly interrupted?: { readonly afterSeconds: number; readonly pauseMs: number };
};

/** An archive in a folder of its own, for streams that were published at whatever time a test says. */
export async function openTestArchive() {
  const folder = await tempDir('timeshift');
  const clock = new TestClock();
  const log = createLogger({ level: 'silent' });
  const archive = new Archive({ folder: folder.path, log, nowMs: () => clock.nowMs(), reserveBytes: 0 });
  return {
    archive,
    folder: folder.path,
    /** Publishes a stream and archives it, as the server does; gives its packager, with all segments in memory. */
    async add(run: ArchivedRun): Promise<HlsPackager> {
      const packager = published(run);
      const failures: unknown[] = [];
      let next = () => {};
      const writer = archive.writer(packager.window.stream.id, {
        onTrouble: (error) => failures.push(error),
        onLost: (count) => {
          failures.push(count);
          next();
        },
        onKept: () => next(),
      });
      for (const segment of packager.window.segments) {
        const kept = { ...segment, init: packager.initOf(segment.tracks) };
        const isDone = new Promise<void>((resolve) => {
          next = resolve;
        });
        for (const part of segment.parts) writer.part(kept, packager.clearPart(segment, part));
        writer.whole(segment.number, segment.durationMs);
        await isDone;
      }
      await archive.release(writer);
      if (failures.length > 0) throw new Error('the archive lost something', { cause: failures });
      return packager;
    },
    async close(): Promise<void> {
      await archive.close();
      await folder.remove();
    },
  };
}

/** The same archive, some of whose answers are another's. */
export function archiveWith(archive: ArchiveReader, changed: Partial<ArchiveReader>): ArchiveReader {
  return {
    between: (...asked) => archive.between(...asked),
    pages: (...asked) => archive.pages(...asked),
    extent: (...asked) => archive.extent(...asked),
    find: (...asked) => archive.find(...asked),
    from: (...asked) => archive.from(...asked),
    before: (...asked) => archive.before(...asked),
    timeline: (...asked) => archive.timeline(...asked),
    bytes: (...asked) => archive.bytes(...asked),
    ...changed,
  };
}

function published({
  id = ARCHIVED,
  seconds,
  gopMs = 2000,
  wallMs,
  tracks = TEST_TRACKS,
  frameBytes = 30,
  ...run
}: ArchivedRun) {
  const plan = { ...TEST_PLAN, firstSegment: run.firstSegment ?? TEST_PLAN.firstSegment };
  const { stream, clock } = testStream({ id, plan });
  const packager = new HlsPackager({
    ...{ stream, windowSegments: 100_000, segmentMs: 2000, partMs: 300, lowLatency: true, maxBytes: 1e9 },
  });
  const { afterSeconds = seconds, pauseMs = 0 } = run.interrupted ?? {};
  const packets = testPackets({ tracks, toMs: seconds * 1000, gopMs, fps: 10, frameBytes });
  const at = (dtsMs: number) => wallMs + dtsMs + (dtsMs >= afterSeconds * 1000 ? pauseMs : 0);
  const placed = packets.map((packet) => ({ ...packet, wallMs: at(packet.dtsMs) }));
  const isBefore = ({ dtsMs }: { readonly dtsMs: number }) => dtsMs < afterSeconds * 1000;
  publishAll(stream, tracks, placed.filter(isBefore));
  if (run.interrupted) {
    stream.interrupt();
    clock.advance(pauseMs);
    stream.resume();
    publishAll(
      stream,
      tracks,
      placed.filter((packet) => !isBefore(packet)),
    );
  }
  stream.end();
  return packager;
}
