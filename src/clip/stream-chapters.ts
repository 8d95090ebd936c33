import type { ArchiveReader } from '../archive/index.ts';
import type { StreamId } from '../live/index.ts';
import type { Recording } from '../record/index.ts';
import { type Chapter, chaptersOf, chaptersVtt, type PlayedStretch } from './chapters.ts';
import type { WallRange } from './clip-range.ts';
import type { Markers } from './markers.ts';

export type StreamChaptersOptions = {
  readonly archive: Pick<ArchiveReader, 'between' | 'timeline'>;
  readonly markers: Pick<Markers, 'between'>;
  /** The stream whose markers count: the source of a rendition. */
  readonly ownerOf: (id: StreamId) => StreamId;
};

/** A marker that long before a beginning still names it. */
const BEFORE_MS = 6 * 3_600_000;
/** What the archive still has of a recording may differ from it by that much. */
const TOLERANCE_MS = 1000;

/** Markers as chapters of what can be played of a stream. */
export class StreamChapters {
  readonly #options: StreamChaptersOptions;

  constructor(options: StreamChaptersOptions) {
    this.#options = options;
  }

  /** WebVTT for a time-shift playlist of all that overlaps the range, counted from its beginning. */
  async ofTimeShift(id: StreamId, { startMs, endMs }: WallRange): Promise<string> {
    const intervals = await this.#options.archive.timeline(id, startMs, endMs);
    return this.#vtt(
      id,
      intervals.map((interval) => ({ wallMs: interval.startMs, durationMs: interval.endMs - interval.startMs })),
    );
  }

  /** WebVTT for a recording; where the archive no longer knows of its gaps, as if it had none. */
  async ofRecording(id: StreamId, recording: Recording): Promise<string> {
    return chaptersVtt(await this.listOfRecording(id, recording));
  }

  /** The same as a list. */
  async listOfRecording(id: StreamId, recording: Recording): Promise<Chapter[]> {
    const { startMs, endMs, durationMs, firstSegment, lastSegment } = recording;
    const segments = (await this.#options.archive.between(id, startMs, endMs)).filter(
      ({ number }) => number >= firstSegment && number <= lastSegment,
    );
    const archivedMs = segments.reduce((sum, segment) => sum + segment.durationMs, 0);
    const isAllThere = Math.abs(archivedMs - durationMs) < TOLERANCE_MS;
    return this.#chapters(id, isAllThere ? segments : [{ wallMs: startMs, durationMs }]);
  }

  async #vtt(id: StreamId, stretches: readonly PlayedStretch[]): Promise<string> {
    return chaptersVtt(await this.#chapters(id, stretches));
  }

  async #chapters(id: StreamId, stretches: readonly PlayedStretch[]): Promise<Chapter[]> {
    const [first, last] = [stretches[0], stretches.at(-1)];
    if (!first || !last) return [];
    const { markers, ownerOf } = this.#options;
    const found = await markers.between(ownerOf(id), first.wallMs - BEFORE_MS, last.wallMs + last.durationMs);
    return chaptersOf(found, stretches);
  }
}
