import type { StreamId } from '../live/index.ts';
import { EntryCatalogue } from './entry-catalogue.ts';

export type RecordingFormat = 'mp4' | 'flv' | 'm3u8' | 'cmaf';

/** A file that was made of the archive and is in its storage. Plain JSON. */
export type Recording = {
  /** A UUID, which names it in the API and in callbacks. */
  readonly id: string;
  readonly format: RecordingFormat;
  readonly storage: string;
  /** The name of the object there; of a playlist's slices, those are in `slices`. */
  readonly object: string;
  readonly contentType: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Of the media, without gaps. */
  readonly durationMs: number;
  /** With its slices. */
  readonly sizeBytes: number;
  readonly firstSegment: number;
  readonly lastSegment: number;
  readonly slices?: readonly string[];
  /** Segments that could not be read any more. */
  readonly missingSegments?: number;
  /** The asset that it is, or `wanted` where it is to become one: the library then says when it is deleted. */
  readonly asset?: string;
};

/** Of a recording's file, or of one of the objects that it lists. */
export function contentTypeOf(
  { object: own, contentType }: Pick<Recording, 'object' | 'contentType'>,
  object: string,
): string {
  if (object === own) return contentType;
  if (object.endsWith('.ts')) return 'video/mp2t';
  return object.endsWith('.mp4') ? 'video/mp4' : 'video/iso.segment';
}

/** What was recorded of each stream. */
export class RecordingCatalogue extends EntryCatalogue<Recording> {
  constructor(folderOf: (id: StreamId) => string) {
    super(folderOf, 'recordings');
  }

  /** Adds it once, however often it is told of. */
  async add(id: StreamId, recording: Recording): Promise<void> {
    if (!(await this.find(id, recording.id))) await this.put(id, recording);
  }
}
