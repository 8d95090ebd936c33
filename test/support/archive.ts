import type { ArchivedSegment, ArchivedSlice } from '../../src/archive/index.ts';
import { Ingest } from '../../src/ingest/index.ts';
import type { Packet, Stream } from '../../src/live/index.ts';
import type { TestClock } from '../../src/live/test-clock.ts';
import { testAudioTrack, testStream, testVideoTrack } from '../../src/live/test-packets.ts';
import { fragmentOf, initSegmentOf, type MediaPacket, type Segment, SegmentWindow } from '../../src/packager/index.ts';
import { concat } from '../../src/protocol/bytes/index.ts';
import type { FlvTag } from '../../src/protocol/flv/index.ts';
import type { SegmentSource } from '../../src/record/index.ts';

/** What a publisher sends, and how long nobody sends before it. */
export type TestPublication = { readonly tags: readonly FlvTag[]; readonly pauseMs?: number };

/** An archive in memory of what was published. */
export type TestArchive = {
  readonly segments: readonly ArchivedSegment[];
  readonly source: SegmentSource;
  /** The same as it was packaged. */
  readonly packaged: readonly Segment[];
  /** What was published, in its order. */
  readonly packets: readonly (Packet & MediaPacket)[];
};

/** As the archive throws it. */
export class TestArchiveError extends Error {
  readonly code: 'SEGMENT_GONE' | 'SEGMENT_DAMAGED';

  constructor(code: TestArchiveError['code']) {
    super(code);
    this.code = code;
  }
}

/** Publishes FLV tags through ingest, each when its timestamp says, and archives every segment. */
export function testArchive(publications: readonly TestPublication[]): TestArchive {
  const { stream, clock } = testStream();
  const packets: (Packet & MediaPacket)[] = [];
  const window = windowOf(stream);
  stream.read({
    packet(packet) {
      if (packet.kind !== 'data') packets.push(packet);
    },
  });
  for (const { tags, pauseMs } of publications) {
    if (pauseMs !== undefined) {
      stream.interrupt();
      clock.advance(pauseMs);
      stream.resume();
    }
    publishTags(stream, clock, tags);
  }
  stream.end();
  return { ...archiveOf(window.segments), packets };
}

/** Segments as the archive has them: those without a discontinuity between them share a slice. */
export function archiveOf(packaged: readonly Segment[]): Omit<TestArchive, 'packets'> {
  const bytes = new Map<number, Uint8Array>();
  const segments: ArchivedSegment[] = [];
  let slice: ArchivedSlice | undefined;
  let offset = 0;
  for (const segment of packaged) {
    if (!slice || segment.isDiscontinuity) {
      const { name, bytes } = initSegmentOf(segment.tracks);
      slice = { first: segment.number, day: '2026-01-01', tracks: segment.tracks, initName: name, init: bytes };
      offset = bytes.length;
    }
    const fragments = concat(segment.parts.map((part) => fragmentOf(segment.number, part)));
    const { number, wallMs, startDtsMs, durationMs, isDiscontinuity, discontinuities } = segment;
    bytes.set(number, fragments);
    segments.push({
      ...{ number, wallMs, startDtsMs, durationMs, isDiscontinuity, discontinuities },
      sizeBytes: fragments.length,
      slice,
      offset,
    });
    offset += fragments.length;
  }
  return { segments, packaged, source: { bytes: async ({ number }) => found(bytes.get(number)) } };
}

function found(bytes: Uint8Array | undefined): Uint8Array {
  if (!bytes) throw new TestArchiveError('SEGMENT_GONE');
  return bytes;
}

function windowOf(stream: Stream): SegmentWindow {
  return new SegmentWindow({ stream, windowSegments: 10_000, segmentMs: 2000, partMs: 300, maxBytes: 1e9 });
}

function publishTags(stream: Stream, clock: TestClock, tags: readonly FlvTag[]): void {
  const ingest = new Ingest({ stream, clock });
  const kinds = new Set(tags.map(({ type }) => type));
  ingest.promise({ video: kinds.has('video'), audio: kinds.has('audio') });
  let lastMs: number | undefined;
  for (const { type, timestampMs, payload } of tags) {
    clock.advance(Math.max(0, timestampMs - (lastMs ?? timestampMs)));
    lastMs = Math.max(lastMs ?? 0, timestampMs);
    if (type === 'video') ingest.video(timestampMs, payload);
    else if (type === 'audio') ingest.audio(timestampMs, payload);
  }
}

/** A segment of two seconds with the usual tracks. */
export function archivedSegment(changed: Partial<ArchivedSegment> = {}): ArchivedSegment {
  const tracks = { video: testVideoTrack(), audio: testAudioTrack() };
  const { name, bytes } = initSegmentOf(tracks);
  const number = changed.number ?? 1;
  return {
    number,
    wallMs: Date.UTC(2026, 0, 1) + number * 2000,
    startDtsMs: number * 2000,
    durationMs: 2000,
    isDiscontinuity: false,
    discontinuities: 0,
    sizeBytes: 1000,
    slice: { first: number, day: '2026-01-01', tracks, initName: name, init: bytes },
    offset: bytes.length,
    ...changed,
  };
}
