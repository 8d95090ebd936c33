import { randomUUID } from 'node:crypto';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type StreamId, streamKey } from '../live/index.ts';
import { ClipError } from './clip-error.ts';
import { type Marker, markerBy, markerName } from './marker.ts';
import { MarkerFile } from './marker-file.ts';

export type MarkersOptions = {
  /** Where a stream's markers are, a file for each UTC day. */
  readonly folderOf: (id: StreamId) => string;
  readonly nowMs: () => number;
};

export type MarkerToSet = Omit<Marker, 'id'>;

const DAY_MS = 86_400_000;
/** Of a stream's day; removals count, too. */
const MAX_LINES = 10_000;
/** How far the clock of who sets a marker may be ahead. */
const MAX_AHEAD_MS = 60_000;
/** Older moments are not marked. */
const MAX_DAYS = 400;
/** Files that stay read. */
const KEPT_FILES = 16;

const DAY_FILE = /^\d{4}-\d{2}-\d{2}$/;

/** The markers of all streams, by the days that they fall on; they may stay when the archive's slices of a day go. */
export class Markers {
  readonly #options: MarkersOptions;
  readonly #files = new Map<string, Promise<MarkerFile>>();
  readonly #writing = new Map<string, Promise<unknown>>();

  constructor(options: MarkersOptions) {
    this.#options = options;
  }

  /** On the disk when it resolves. Throws ClipError. */
  async set(id: StreamId, { atWallMs, name, by }: MarkerToSet): Promise<Marker> {
    const nowMs = this.#options.nowMs();
    if (!(atWallMs >= nowMs - MAX_DAYS * DAY_MS && atWallMs <= nowMs + MAX_AHEAD_MS)) {
      const remedy = 'Give a moment that the stream has been through, in UTC.';
      throw new ClipError('MARKER_TIME', `${atWallMs} is no time to mark`, remedy);
    }
    const marker = {
      id: randomUUID(),
      atWallMs: Math.round(atWallMs),
      name: markerName(name),
      by: markerBy(by),
    };
    await this.#change(id, marker.atWallMs, async (file) => {
      if (file.lines >= MAX_LINES) {
        const remedy = 'A day of a stream has that many; the next day takes more.';
        throw new ClipError('MARKERS_FULL', `${MAX_LINES} markers were set already`, remedy);
      }
      await file.append({ kind: 'set', marker });
    });
    return marker;
  }

  /** Takes a marker back; says whether it was there. */
  async remove(id: StreamId, marker: Pick<Marker, 'id' | 'atWallMs'>): Promise<boolean> {
    let wasThere = false;
    await this.#change(id, marker.atWallMs, async (file) => {
      wasThere = file.has(marker.id);
      if (wasThere) await file.append({ kind: 'removed', id: marker.id });
    });
    return wasThere;
  }

  /** From `fromMs` to before `toMs`, in the order of their times. */
  async between(id: StreamId, fromMs: number, toMs: number): Promise<Marker[]> {
    const found: Marker[] = [];
    for (const day of await this.days(id)) {
      const dayMs = Date.parse(day);
      if (dayMs >= toMs || dayMs + DAY_MS <= fromMs) continue;
      const file = await this.#file(id, day);
      found.push(...file.list().filter(({ atWallMs }) => atWallMs >= fromMs && atWallMs < toMs));
    }
    return found;
  }

  /** The days that have markers, in their order. */
  async days(id: StreamId): Promise<string[]> {
    const names = await readdir(this.#options.folderOf(id)).catch(noneIfMissing);
    return names.filter((name) => DAY_FILE.test(name)).sort();
  }

  /** Nobody needs the markers of a day any more. */
  async removeDay(id: StreamId, day: string): Promise<void> {
    this.#files.delete(keyOf(id, day));
    await rm(join(this.#options.folderOf(id), day), { force: true });
    await rmdir(this.#options.folderOf(id)).catch(() => undefined);
  }

  /** One change after the other in each file. */
  async #change(id: StreamId, atWallMs: number, change: (file: MarkerFile) => Promise<void>): Promise<void> {
    const day = dayOf(atWallMs);
    const key = keyOf(id, day);
    const before = this.#writing.get(key) ?? Promise.resolve();
    const changed = before.then(async () => change(await this.#file(id, day)));
    const settled = changed.catch(() => undefined);
    this.#writing.set(key, settled);
    try {
      await changed;
    } catch (error) {
      if (error instanceof ClipError) throw error;
      this.#files.delete(key);
      throw unwritable(error);
    } finally {
      if (this.#writing.get(key) === settled) this.#writing.delete(key);
    }
  }

  #file(id: StreamId, day: string): Promise<MarkerFile> {
    const key = keyOf(id, day);
    const file = this.#files.get(key) ?? MarkerFile.load(join(this.#options.folderOf(id), day));
    this.#files.delete(key);
    this.#files.set(key, file);
    file.catch(() => this.#files.delete(key));
    const [oldest] = this.#files.keys();
    // One that is being written stays, so that no two write the same file.
    if (this.#files.size > KEPT_FILES && oldest !== undefined && !this.#writing.has(oldest)) this.#files.delete(oldest);
    return file;
  }
}

function unwritable(cause: unknown): ClipError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const remedy = 'Look at the disk of the archive: headwater doctor says what is wrong.';
  return new ClipError('MARKERS_UNWRITABLE', `the marker could not be kept (${why})`, remedy, cause);
}

function keyOf(id: StreamId, day: string): string {
  return `${streamKey(id)} ${day}`;
}

function noneIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
  throw error;
}

function dayOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10);
}
