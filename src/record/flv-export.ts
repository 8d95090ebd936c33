import type { TrackSet } from '../live/index.ts';
import { flvFraming, metadataOf, type Segment } from '../packager/index.ts';
import { concat, totalLength } from '../protocol/bytes/index.ts';
import { encodeFileHeader, encodeMetadata, encodeTag } from '../protocol/flv/index.ts';
import type { Exporter, ExportReport } from './export.ts';
import { SegmentLostError } from './export-error.ts';
import { orLost, readAhead } from './read-ahead.ts';
import { readSegment } from './read-segment.ts';
import type { TrackSpans } from './seams.ts';
import { Survey, type SurveyedSegment } from './survey.ts';

type Planned = Pick<SurveyedSegment, 'segment'> & {
  /** How much earlier than in stream time its packets are to be. */
  readonly shiftMs: number;
  /** Has other parameters than what comes before. */
  readonly hasNewTracks: boolean;
};

/** Key frames nearer than this to the last one in the index are left out of it. */
const INDEX_STEP_MS = 1000;

/**
 * An FLV file with its duration, size and key frames in its metadata. Goes through the segments twice, as these come
 * before the first packet. Times begin at 0.
 */
export const exportFlv: Exporter = async function* (job) {
  const survey = new Survey(job);
  const index = new FlvIndex();
  const plan: Planned[] = [];
  for await (const { segment, table, bytes, shiftMs } of survey.segments()) {
    index.startMs ??= startMsOf(table.spans) - shiftMs;
    const hasNewTracks = segment.slice.initName !== plan.at(-1)?.segment.slice.initName;
    const planned = { segment, shiftMs: shiftMs + index.startMs, hasNewTracks };
    index.add(readSegment(segment, bytes, planned.shiftMs), planned.hasNewTracks && plan.length > 0);
    plan.push(planned);
  }
  const report = survey.report(0);
  const first = plan[0]?.segment.slice.tracks ?? {};
  const head = index.head(first, report);
  yield head;
  const rest = plan[Symbol.iterator]();
  for await (const { segment, bytes } of readAhead({ ...job, segments: plan.map((planned) => planned.segment) })) {
    const { shiftMs, hasNewTracks } = rest.next().value ?? { shiftMs: 0, hasNewTracks: false };
    const read = bytes && (await orLost(() => readSegment(segment, bytes, shiftMs)));
    if (!read) throw new SegmentLostError(segment.number);
    yield concat([...tagsOf(read, hasNewTracks && segment !== plan[0]?.segment)].flat());
  }
  return survey.report(head.length + index.sizeBytes);
};

function startMsOf({ video, audio }: TrackSpans): number {
  return Math.round(Math.min(video?.startMs ?? Number.POSITIVE_INFINITY, audio?.startMs ?? Number.POSITIVE_INFINITY));
}

/** Each packet's tag in pieces, sequence headers before them where parameters are new. */
function* tagsOf(segment: Segment, hasNewTracks: boolean): Generator<readonly Uint8Array[], void, void> {
  if (hasNewTracks) yield sequenceHeaders(segment.tracks, segment.startDtsMs);
  for (const { packets } of segment.parts) for (const packet of packets) yield flvFraming.packet(packet);
}

/** Without metadata, which stands at the file's start only: FFmpeg takes a later one for subtitles. */
function sequenceHeaders(tracks: TrackSet, dtsMs: number): readonly Uint8Array[] {
  return flvFraming.parameters(tracks, dtsMs).slice(1);
}

/** What a file's metadata says of the tags behind it, gathered before they are written. */
class FlvIndex {
  startMs: number | undefined;
  sizeBytes = 0;
  #hasVideo = false;
  #hasAudio = false;
  readonly #keyFrames: { readonly atMs: number; readonly offset: number }[] = [];

  add(segment: Segment, hasNewTracks: boolean): void {
    this.#hasVideo ||= segment.tracks.video !== undefined;
    this.#hasAudio ||= segment.tracks.audio !== undefined;
    const packets = segment.parts.flatMap((part) => part.packets);
    if (hasNewTracks) this.sizeBytes += totalLength(sequenceHeaders(segment.tracks, segment.startDtsMs));
    for (const packet of packets) {
      if (packet.kind === 'video' && packet.isKeyFrame) this.#addKeyFrame(packet.dtsMs);
      this.sizeBytes += totalLength(flvFraming.packet(packet));
    }
  }

  /** All that comes before the first packet. */
  head(tracks: TrackSet, { durationMs }: ExportReport): Uint8Array {
    const header = encodeFileHeader({ hasVideo: this.#hasVideo, hasAudio: this.#hasAudio });
    const headOf = (headBytes: number) => {
      const metadata = encodeMetadata({
        ...metadataOf(tracks),
        duration: durationMs / 1000,
        filesize: headBytes + this.sizeBytes,
        hasVideo: this.#hasVideo,
        hasAudio: this.#hasAudio,
        ...this.#keyFrameIndex(headBytes),
      });
      return concat([header, encodeTag('script', 0, metadata), ...sequenceHeaders(tracks, 0)]);
    };
    // Numbers have the same size whatever they say.
    return headOf(headOf(0).length);
  }

  #addKeyFrame(atMs: number): void {
    const last = this.#keyFrames.at(-1);
    if (!last || atMs - last.atMs >= INDEX_STEP_MS) this.#keyFrames.push({ atMs, offset: this.sizeBytes });
  }

  #keyFrameIndex(headBytes: number) {
    if (this.#keyFrames.length === 0) return {};
    const times = this.#keyFrames.map(({ atMs }) => atMs / 1000);
    return {
      hasKeyframes: true,
      keyframes: { times, filepositions: this.#keyFrames.map(({ offset }) => headBytes + offset) },
    };
  }
}
