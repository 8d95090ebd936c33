import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Archive, repeatedly } from '../archive/index.ts';
import { type StreamId, streamKey } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { DAY_MS, dayOf, dayOfIndex, HOUR_MS, hourOfPictures, indexFile } from './preview-layout.ts';
import type { Previews } from './previews.ts';

export type PreviewKeepingOptions = {
  readonly archive: Pick<Archive, 'streams' | 'stream'>;
  readonly previews: Pick<Previews, 'folderOf'>;
  /** The stream whose pictures are shown: the source of a rendition. */
  readonly ownerOf: (id: StreamId) => StreamId;
  readonly wallMs: () => number;
  readonly log: Logger;
  /** What the pictures of all streams take on this disk. */
  readonly onDiskBytes?: (bytes: number) => void;
};

/** What was found in a day when its archive was as `state` says. */
type Tidied = { readonly state: string; readonly sizeBytes: number };

const EVERY_MS = 60_000;
/** Longer than any slice. */
const SLICE_REACH_MS = 300_000;

/** Each minute: deletes the pictures of hours of which the archive has nothing any more, nor of a rendition. */
export class PreviewKeeping {
  readonly #options: PreviewKeepingOptions;
  /** By folder and day. */
  #tidied = new Map<string, Tidied>();

  constructor(options: PreviewKeepingOptions) {
    this.#options = options;
  }

  /** Each minute, until it is closed. */
  start(): { close(): Promise<void> } {
    const { log } = this.#options;
    return repeatedly({
      everyMs: EVERY_MS,
      run: () => this.tidy(),
      onFailure: (error) => log.warn({ error }, 'old small pictures could not be removed, it is tried again'),
    });
  }

  async tidy(): Promise<void> {
    const { archive, ownerOf, onDiskBytes } = this.#options;
    const sharing = new Map<string, StreamId[]>();
    for await (const id of archive.streams()) {
      const key = streamKey(ownerOf(id));
      sharing.set(key, [...(sharing.get(key) ?? []), id]);
    }
    const before = this.#tidied;
    this.#tidied = new Map();
    for (const ids of sharing.values()) for (const id of ids) await this.#tidyStream(id, ids, before);
    onDiskBytes?.([...this.#tidied.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  }

  /** @param sharing the streams whose pictures these are: the source and its renditions */
  async #tidyStream(id: StreamId, sharing: readonly StreamId[], before: ReadonlyMap<string, Tidied>): Promise<void> {
    const folder = this.#options.previews.folderOf(id);
    const names = await readdir(folder).catch(() => []);
    if (names.length === 0) await rmdir(folder).catch(() => undefined);
    const changes = await this.#changesOf(sharing);
    for (const day of daysOf(names)) {
      const key = join(folder, day);
      const newestMs = Math.min(this.#newestHour(), Date.parse(day) + DAY_MS);
      const state = [changes.get(dayBefore(day)), changes.get(day), newestMs].join();
      const known = before.get(key);
      const isSame = known?.state === state;
      const sizeBytes = isSame ? known.sizeBytes : await this.#tidyDay(folder, day, names, sharing);
      this.#tidied.set(key, { state, sizeBytes });
    }
  }

  /** By day, a text that is another one after each change of its slices. */
  async #changesOf(sharing: readonly StreamId[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const id of sharing) {
      for (const { name, changes } of await this.#options.archive.stream(id).days()) {
        found.set(name, `${found.get(name) ?? ''}/${id.name}:${changes}`);
      }
    }
    return found;
  }

  /** Returns what the rest of the day takes. */
  async #tidyDay(folder: string, day: string, names: readonly string[], sharing: readonly StreamId[]): Promise<number> {
    const archived = await this.#hoursOf(day, sharing);
    const hours = names.filter((name) => dayOf(hourOfPictures(name) ?? 0) === day);
    const kept: string[] = [];
    for (const name of hours) {
      const hourMs = hourOfPictures(name) ?? 0;
      // What is shown now may not be in the archive yet.
      if (archived.has(hourMs) || hourMs >= this.#newestHour()) kept.push(name);
      else await rm(join(folder, name), { force: true });
    }
    if (kept.length === 0) await rm(join(folder, indexFile(day)), { force: true });
    else kept.push(indexFile(day));
    const sizes = await Promise.all(kept.map((name) => sizeOf(join(folder, name))));
    return sizes.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** The hours of which slices of the day, or of the night before it, have something. */
  async #hoursOf(day: string, sharing: readonly StreamId[]): Promise<Set<number>> {
    const hours = new Set<number>();
    for (const id of sharing) {
      for (const name of [dayBefore(day), day]) {
        for (const { endMs } of await this.#options.archive.stream(id).slicesOf(name)) {
          for (const ms of [endMs, endMs - SLICE_REACH_MS]) hours.add(Math.floor(ms / HOUR_MS) * HOUR_MS);
        }
      }
    }
    return hours;
  }

  #newestHour(): number {
    return Math.floor((this.#options.wallMs() - EVERY_MS * 2) / HOUR_MS) * HOUR_MS;
  }
}

const dayBefore = (day: string): string => dayOf(Date.parse(day) - DAY_MS);

function daysOf(names: readonly string[]): string[] {
  const days = names.flatMap((name) => {
    const hourMs = hourOfPictures(name);
    return dayOfIndex(name) ?? (hourMs === undefined ? [] : dayOf(hourMs));
  });
  return [...new Set(days)].sort();
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}
