import type { StreamId, TrackSet } from '../live/index.ts';
import { encodeFragment, encodeInitSegment } from '../protocol/fmp4/index.ts';
import type { Archive } from './archive.ts';
import type { SegmentToKeep, StreamWriter } from './stream-writer.ts';

export const TEST_ID: StreamId = { domain: 'default', app: 'live', name: 'demo' };

/** Segments of two seconds, numbered without a hole unless it is said. */
export type TestRun = {
  readonly first: number;
  readonly count: number;
  /** Wall clock of the first packet. */
  readonly wallMs: number;
  readonly tracks?: TrackSet;
  readonly frameBytes?: number;
  /** The last segment never gets whole. */
  readonly isTorn?: boolean;
};

const SEGMENT_MS = 2000;
const PART_MS = 500;

export const TEST_TRACKS: TrackSet = {
  video: {
    kind: 'video',
    codec: 'h264',
    config: Uint8Array.of(1, 0x42, 0xc0, 0x0d, 0xff, 0xe0, 0),
    codecString: 'avc1.42c00d',
    width: 320,
    height: 240,
    timescale: 90_000,
  },
};

/** Hands a run's parts to a writer; gives the bytes of each segment. */
export function write(writer: StreamWriter, run: TestRun): Map<number, Buffer> {
  const { first, count, wallMs, tracks = TEST_TRACKS, frameBytes = 40, isTorn = false } = run;
  const bytes = encodeInitSegment(tracks.video ? [{ ...tracks.video, trackId: 1 }] : []);
  const init = { name: `init-${tracks.video?.width}.mp4`, bytes };
  const written = new Map<number, Buffer>();
  for (let index = 0; index < count; index++) {
    const [number, startDtsMs] = [first + index, index * SEGMENT_MS];
    const marks = { isDiscontinuity: index === 0, discontinuities: 1 };
    const segment: SegmentToKeep = { number, wallMs: wallMs + startDtsMs, startDtsMs, tracks, init, ...marks };
    const parts = [0, 1, 2, 3].map((part) => partOf(number, startDtsMs + part * PART_MS, frameBytes + part));
    for (const part of parts) writer.part(segment, part);
    if (!isTorn || index < count - 1) writer.whole(number, SEGMENT_MS);
    written.set(number, Buffer.concat(parts));
  }
  return written;
}

/** Writes a run and closes its writer; throws where something was lost. */
export async function keep(archive: Archive, run: TestRun, id = TEST_ID): Promise<Map<number, Buffer>> {
  const troubles: unknown[] = [];
  const writer = archive.writer(id, {
    onTrouble: (error) => troubles.push(error),
    onLost: (segments) => troubles.push(segments),
  });
  const written = write(writer, run);
  await archive.release(writer);
  if (troubles.length > 0) throw new Error('the archive lost something', { cause: troubles });
  return written;
}

function partOf(number: number, dtsMs: number, sizeBytes: number): Uint8Array {
  const data = Buffer.alloc(sizeBytes, number % 251 || 7);
  const sample = { durationTicks: PART_MS * 90, sizeBytes, compositionOffsetTicks: 0, isSync: true, data };
  const track = { trackId: 1, baseMediaDecodeTime: dtsMs * 90, samples: [sample] };
  return encodeFragment({ sequenceNumber: number, tracks: [track] });
}
