import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { StreamId } from '../live/index.ts';
import { parseMediaPlaylist } from '../protocol/m3u8/index.ts';
import { StorageError, type Storages } from '../storage/index.ts';
import type { Recorder } from './recorder.ts';
import type { Recording, RecordingCatalogue } from './recording-catalogue.ts';

/** A transport-stream slice of a recording, in its storage. */
export type RecordedSlice = {
  readonly storage: string;
  readonly object: string;
  readonly wallMs: number;
  readonly durationMs: number;
  readonly isDiscontinuity: boolean;
};

export type RecordedSlicesOptions = {
  readonly catalogue: Pick<RecordingCatalogue, 'all'>;
  readonly recorder: Pick<Recorder, 'runningSlices'>;
  readonly storages: Storages;
};

/** What is recorded as transport-stream slices, whether its recordings still run or their playlists are made. */
export class RecordedSlices {
  readonly #options: RecordedSlicesOptions;

  constructor(options: RecordedSlicesOptions) {
    this.#options = options;
  }

  /** Those that overlap a range of wall time, in the order of time. Throws StorageError. */
  async between(id: StreamId, fromMs: number, toMs: number): Promise<RecordedSlice[]> {
    const { catalogue, recorder } = this.#options;
    const found = new Map<string, RecordedSlice>();
    const isWithin = (startMs: number, endMs: number) => startMs < toMs && endMs > fromMs;
    for (const recording of await catalogue.all(id)) {
      if (recording.format !== 'm3u8' || !isWithin(recording.startMs, recording.endMs)) continue;
      for (const slice of await this.#listedIn(recording)) found.set(slice.object, slice);
    }
    for (const { storage, object, isDiscontinuity, report } of recorder.runningSlices(id)) {
      const { wallMs, durationMs } = report;
      found.set(object, { storage, object, wallMs, durationMs, isDiscontinuity });
    }
    const all = [...found.values()].filter(({ wallMs, durationMs }) => isWithin(wallMs, wallMs + durationMs));
    return all.sort((a, b) => a.wallMs - b.wallMs);
  }

  /** A playlist says when each of its slices began. */
  async #listedIn({ storage, object }: Recording): Promise<RecordedSlice[]> {
    const found = await this.#options.storages.get(storage).get(object).catch(noneIfGone);
    if (!found) return [];
    const { segments } = parseMediaPlaylist((await buffer(found.body)).toString('utf8'));
    return segments.flatMap(({ uri, durationSeconds, programDateTimeMs, isDiscontinuity = false }) => {
      if (programDateTimeMs === undefined) return [];
      const name = posix.join(posix.dirname(object), ...uri.split('/').map(decodeURIComponent));
      const slice = { storage, object: name, wallMs: programDateTimeMs, durationMs: durationSeconds * 1000 };
      return [{ ...slice, isDiscontinuity }];
    });
  }
}

function noneIfGone(error: unknown): undefined {
  if (error instanceof StorageError && error.code === 'OBJECT_NOT_FOUND') return undefined;
  throw error;
}
