import { access, constants, mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StreamId } from '../live/index.ts';
import type { ArchivedExtent, ArchivedInterval, ArchivedSegment } from './archived-segment.ts';
import type { SliceState } from './archived-slices.ts';
import type { Day, Page } from './day.ts';
import { rangeOfIndex, summaryOf } from './index-peek.ts';
import { IntervalMerger } from './interval-merger.ts';
import { dayStartMs, folderNames, isCutName, isDayFolder, STREAM_FILE } from './layout.ts';
import { DayEntry, type LoadedDays } from './loaded-days.ts';

const DAY_MS = 86_400_000;
/** Segments that are made before others have their turn: a millisecond or two. */
const PAGE_SEGMENTS = 256;
/** Longer than any slice: a day's last one may reach so far into the next. */
const OVERHANG_MS = 3_600_000;

/** One stream's days. Numbers rise from day to day, but where a clock was set back over midnight. */
export class StreamArchive {
  readonly id: StreamId;
  readonly folder: string;
  readonly #days: LoadedDays;
  #listing: Promise<DayEntry[]> | undefined;
  /** Days are made and removed one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(id: StreamId, folder: string, days: LoadedDays) {
    this.id = id;
    this.folder = folder;
    this.#days = days;
  }

  async between(fromMs: number, toMs: number): Promise<ArchivedSegment[]> {
    const found: ArchivedSegment[] = [];
    for await (const page of this.pages(fromMs, toMs)) found.push(...page);
    return found;
  }

  /** All of a time, in the order of their numbers. */
  async *pages(fromMs: number, toMs: number): AsyncGenerator<ArchivedSegment[]> {
    const entries = await this.#entriesOf(fromMs, toMs);
    const asked = { fromMs, toMs, most: PAGE_SEGMENTS };
    for (let since = 0; ; await othersTurn()) {
      const page = await this.#page(entries, { ...asked, since });
      const last = page.at(-1);
      if (last) yield page;
      if (!last || page.length < PAGE_SEGMENTS) return;
      since = last.number + 1;
    }
  }

  async #page(entries: readonly DayEntry[], asked: Page): Promise<ArchivedSegment[]> {
    let page: ArchivedSegment[] = [];
    for (const entry of entries) {
      const isFull = page.length === asked.most;
      if (!entry.mayHaveSince(asked.since) || (isFull && entry.isAfter(page.at(-1)?.number ?? 0))) continue;
      const found = await entry.use((day) => day.page(asked));
      page = page.length === 0 ? found : inOrder([...page, ...found]).slice(0, asked.most);
    }
    return page;
  }

  async extent(fromMs: number, toMs: number): Promise<ArchivedExtent> {
    let [count, longestMs, lastNumber] = [0, 0, 0];
    for (const entry of await this.#entriesOf(fromMs, toMs)) {
      const day = await entry.use((each) => each.extent(fromMs, toMs));
      count += day.count;
      longestMs = Math.max(longestMs, day.longestMs);
      lastNumber = Math.max(lastNumber, day.lastNumber);
      await othersTurn();
    }
    return { count, longestMs, lastNumber };
  }

  async find(number: number): Promise<ArchivedSegment | undefined> {
    return (await this.#dayOf(number))?.find(number);
  }

  async from(number: number, count: number): Promise<ArchivedSegment[]> {
    const segments: ArchivedSegment[] = [];
    let next = number;
    for (let day = await this.#dayOf(next); day && segments.length < count; day = await this.#dayOf(next)) {
      for (const segment of day.from(next)) {
        if (segment.number !== next || segments.length === count) break;
        segments.push(segment);
        next++;
      }
    }
    return segments;
  }

  /** All from a number on, whatever is missing between them. */
  async since(number: number): Promise<ArchivedSegment[]> {
    const found: ArchivedSegment[][] = [];
    for (const entry of await this.#entries()) {
      if (entry.mayHaveSince(number)) found.push(await entry.use((day) => [...day.from(number)]));
    }
    return inOrder(found.flat());
  }

  async before(number: number, durationMs: number): Promise<ArchivedSegment[]> {
    const segments: ArchivedSegment[] = [];
    let [next, restMs] = [number - 1, durationMs];
    for (let day = await this.#dayOf(next); day && restMs > 0; day = await this.#dayOf(next)) {
      for (const segment of day.before(next + 1)) {
        if (segment.number !== next || restMs <= 0) break;
        segments.push(segment);
        restMs -= segment.durationMs;
        next--;
      }
    }
    return segments.reverse();
  }

  async timeline(fromMs: number, toMs: number): Promise<ArchivedInterval[]> {
    const merger = new IntervalMerger();
    for (const entry of await this.#entriesOf(fromMs, toMs)) {
      for (const { startMs, endMs } of await entry.use((day) => day.intervals(fromMs, toMs)))
        merger.add(startMs, endMs);
    }
    return merger.intervals;
  }

  /** Works with a day, which is not forgotten meanwhile; undefined where there is none. */
  async use<T>(name: string, work: (day: Day) => T | Promise<T>): Promise<T | undefined> {
    const entry = (await this.#entries()).find((each) => each.name === name);
    return entry?.use(work);
  }

  /** The slices of a day, without taking its whole index into memory where that can be spared. */
  async slicesOf(name: string): Promise<SliceState[]> {
    const entry = (await this.#entries()).find((each) => each.name === name);
    if (!entry) return [];
    const known = entry.loadedDay?.slices ?? (await summaryOf(entry.folder));
    return known ?? entry.use((day) => day.slices);
  }

  /** Its days, oldest first, each with a number that is another one after each change. */
  async days(): Promise<{ readonly name: string; readonly changes: number }[]> {
    const days = (await this.#entries()).map(({ name, changes }) => ({ name, changes }));
    return days.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The highest number of the two last days, as a clock may have been set back; where there is none, minus infinity. */
  async lastNumber(): Promise<number> {
    const last = (await this.#entries()).toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(-2);
    return Math.max(Number.NEGATIVE_INFINITY, ...(await Promise.all(last.map((entry) => entry.lastNumber()))));
  }

  /** A day to write into, made where there is none; it stays in memory until it is released. */
  openDay(name: string): Promise<{ readonly day: Day; readonly release: (isStale?: boolean) => void }> {
    return this.#inTurn(async () => {
      const entries = await this.#entries();
      const folder = join(this.folder, name);
      await makeFolder(folder);
      if (folderNames(this.id).some(isCutName)) {
        await writeFile(join(this.folder, STREAM_FILE), `${JSON.stringify(this.id)}\n`);
      }
      let entry = entries.find((each) => each.name === name);
      if (!entry) {
        entry = new DayEntry(this.#days, folder, name, undefined);
        entries.push(entry);
      }
      const opened = entry;
      return { day: await opened.hold(), release: (isStale) => opened.release(isStale) };
    });
  }

  /** Removes a day of which nothing is left. */
  removeDay(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const entries = await this.#entries();
      const entry = entries.find((each) => each.name === name);
      if (!entry || entry.isUsed) return;
      const day = await entry.hold();
      entry.release();
      if (entry.isUsed || !day.isEmpty) return;
      entries.splice(entries.indexOf(entry), 1);
      this.#days.drop(entry);
      await day.remove();
    });
  }

  /** Removes its folder and those above, where nothing is in them any more. */
  async removeFolders(): Promise<void> {
    if ((await this.#entries()).length > 0) return;
    const left = await readdir(this.folder).catch(() => [] as string[]);
    if (left.every((name) => name === STREAM_FILE)) await rm(join(this.folder, STREAM_FILE), { force: true });
    const app = dirname(this.folder);
    for (const folder of [this.folder, app, dirname(app)]) await rmdir(folder).catch(() => undefined);
  }

  /** The day that has the number. */
  async #dayOf(number: number): Promise<Day | undefined> {
    for (const entry of await this.#entries()) {
      if (!entry.mayHave(number)) continue;
      const day = await entry.use((each) => each);
      if (day.find(number)) return day;
    }
    return undefined;
  }

  /** The days that may have something of a time, oldest first. */
  async #entriesOf(fromMs: number, toMs: number): Promise<DayEntry[]> {
    const entries = (await this.#entries()).filter(({ name }) => {
      const startMs = dayStartMs(name);
      return startMs < toMs && startMs + DAY_MS + OVERHANG_MS > fromMs;
    });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #entries(): Promise<DayEntry[]> {
    this.#listing ??= this.#list().catch((error) => {
      this.#listing = undefined;
      throw error;
    });
    return this.#listing;
  }

  async #list(): Promise<DayEntry[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
      throw error;
    });
    const days = names.filter(isDayFolder).map(async (name) => {
      const folder = join(this.folder, name);
      return new DayEntry(this.#days, folder, name, await rangeOfIndex(folder));
    });
    return Promise.all(days);
  }
}

function inOrder(segments: ArchivedSegment[]): ArchivedSegment[] {
  return segments.sort((a, b) => a.number - b.number);
}

const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** On a disk that is read-only, Node says of a folder within others that are missing, too, only that it is not there. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    for (let each = dirname(folder); dirname(each) !== each; each = dirname(each)) {
      const reason = await access(each, constants.W_OK).then(
        () => error,
        (refused: NodeJS.ErrnoException) => refused,
      );
      if ((reason as NodeJS.ErrnoException).code !== 'ENOENT' || reason === error) throw reason;
    }
    throw error;
  }
}
