import { type Archive, repeatedly } from '../archive/index.ts';
import { type StreamId, streamKey } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { RecordingCatalogue } from '../record/index.ts';
import type { Markers } from './markers.ts';

export type MarkerKeepingOptions = {
  readonly archive: Pick<Archive, 'streams' | 'stream'>;
  readonly recordings: Pick<RecordingCatalogue, 'all'>;
  readonly markers: Pick<Markers, 'days' | 'removeDay'>;
  /** The stream whose markers count: the source of a rendition. */
  readonly ownerOf: (id: StreamId) => StreamId;
  readonly wallMs: () => number;
  readonly log: Logger;
};

const EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Removes the markers of days of which neither the archive nor a recording has anything any more. */
export class MarkerKeeping {
  readonly #options: MarkerKeepingOptions;

  constructor(options: MarkerKeepingOptions) {
    this.#options = options;
  }

  /** Each hour, until it is closed. */
  start(): { close(): Promise<void> } {
    const { log } = this.#options;
    return repeatedly({
      everyMs: EVERY_MS,
      run: () => this.tidy(),
      onFailure: (error) => log.warn({ error }, 'old markers could not be removed, it is tried again'),
    });
  }

  async tidy(): Promise<void> {
    const { archive, markers, ownerOf, wallMs } = this.#options;
    const needed = new Map<string, Set<string>>();
    const streams: StreamId[] = [];
    for await (const id of archive.streams()) {
      streams.push(id);
      const key = streamKey(ownerOf(id));
      const days = needed.get(key) ?? new Set();
      for (const day of await this.#neededBy(id)) days.add(day);
      needed.set(key, days);
    }
    const newest = dayOf(wallMs() - DAY_MS);
    for (const id of streams) {
      for (const day of await markers.days(id)) {
        if (day < newest && !needed.get(streamKey(id))?.has(day)) await markers.removeDay(id, day);
      }
    }
  }

  /** A day's last slice may reach into the next. */
  async #neededBy(id: StreamId): Promise<string[]> {
    const archived = (await this.#options.archive.stream(id).days()).map(({ name }) => name);
    const behind = archived.map((day) => dayOf(Date.parse(day) + DAY_MS));
    const recorded = (await this.#options.recordings.all(id)).flatMap(({ startMs, endMs }) => daysIn(startMs, endMs));
    return [...archived, ...behind, ...recorded];
  }
}

function daysIn(startMs: number, endMs: number): string[] {
  const days: string[] = [];
  for (let ms = Math.floor(startMs / DAY_MS) * DAY_MS; ms <= endMs; ms += DAY_MS) days.push(dayOf(ms));
  return days;
}

function dayOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10);
}
