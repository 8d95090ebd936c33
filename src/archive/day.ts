import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchivedExtent, ArchivedInterval, ArchivedSegment, ArchivedSlice } from './archived-segment.ts';
import { linesOf, type SliceState, SliceStates } from './archived-slices.ts';
import { IndexFile } from './index-file.ts';
import type { IndexedSegment, IndexLine, RemotePlace } from './index-line.ts';
import { IntervalMerger } from './interval-merger.ts';
import { INDEX_FILE, sliceFile } from './layout.ts';
import { SegmentColumns } from './segment-columns.ts';
import type { SegmentInSlice } from './slice-boxes.ts';
import { type FoundSlice, findSlices, lookInto, slicesIn } from './slices-on-disk.ts';

type Init = { readonly bytes: Uint8Array; readonly tracks: ArchivedSlice['tracks'] };

/** Some of the segments of a time. */
export type Page = {
  readonly fromMs: number;
  readonly toMs: number;
  /** The lowest number. */
  readonly since: number;
  readonly most: number;
};

/** One day of a stream: its index in memory and on disk, and what happens to its slices. One object a day at any time. */
export class Day {
  readonly name: string;
  readonly #folder: string;
  readonly #index: IndexFile;
  readonly #inits = new Map<string, Init>();
  readonly #slices = new Map<number, ArchivedSlice>();
  readonly #states = new SliceStates();
  #columns = new SegmentColumns();
  #changes = 0;
  /** What is in memory is right and the index is not. */
  #isIndexStale = false;
  #turn: Promise<void> = Promise.resolve();

  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#index = new IndexFile(join(folder, INDEX_FILE));
    this.name = name;
  }

  /**
   * Reads a day's index and compares it with the slices that are there: what a crash left behind them joins, and what is
   * gone leaves. The index is believed of all slices, or of those that are said.
   */
  static async load(folder: string, name: string, believes?: (slice: SliceState) => boolean): Promise<Day> {
    const day = new Day(folder, name);
    await day.#index.read((line) => day.#apply(line));
    if (believes) for (const slice of day.slices) if (!believes(slice)) day.#forget(slice.first);
    day.#isIndexStale = believes !== undefined || !day.#index.isSound;
    await day.#compare();
    // A disk that can't be written can be read all the same.
    if (day.#isIndexStale) await day.#inTurn(() => day.#renew()).catch(() => undefined);
    return day;
  }

  get isEmpty(): boolean {
    return this.#slices.size === 0;
  }

  /** In the order of their numbers. */
  get slices(): SliceState[] {
    return this.#states.all.sort((a, b) => a.first - b.first);
  }

  /** How often it was changed since it was read. */
  get changes(): number {
    return this.#changes;
  }

  get rows(): number {
    return this.#columns.length;
  }

  get firstNumber(): number {
    return this.#columns.length > 0 ? this.#columns.numberAt(0) : Number.POSITIVE_INFINITY;
  }

  get lastNumber(): number {
    return this.#columns.length > 0 ? this.#columns.numberAt(this.#columns.length - 1) : Number.NEGATIVE_INFINITY;
  }

  state(first: number): SliceState | undefined {
    return this.#states.find(first);
  }

  fileOf(first: number): string {
    return join(this.#folder, sliceFile(first));
  }

  /** The first of a time, at most `most` of them, from a number on. */
  page({ fromMs, toMs, since, most }: Page): ArchivedSegment[] {
    const segments: ArchivedSegment[] = [];
    let next = since;
    while (segments.length < most) {
      const rows = this.#columns.rowsBetween(fromMs, toMs, next, most);
      for (const row of rows) {
        const segment = segments.length < most ? this.#segmentAt(row) : undefined;
        if (segment) segments.push(segment);
      }
      if (rows.length < most) break;
      next = this.#columns.numberAt(rows.at(-1) ?? 0) + 1;
    }
    return segments;
  }

  /** What there is of a time, without making its segments. */
  extent(fromMs: number, toMs: number): ArchivedExtent {
    let [count, longestMs, lastNumber] = [0, 0, 0];
    for (const row of this.#columns.rowsBetween(fromMs, toMs)) {
      if (!this.#slices.has(this.#columns.sliceAt(row))) continue;
      count++;
      longestMs = Math.max(longestMs, this.#columns.endMsAt(row) - this.#columns.startMsAt(row));
      lastNumber = this.#columns.numberAt(row);
    }
    return { count, longestMs, lastNumber };
  }

  /** What can be played of a time. */
  intervals(fromMs: number, toMs: number): ArchivedInterval[] {
    const merger = new IntervalMerger();
    for (const row of this.#columns.rowsBetween(fromMs, toMs)) {
      if (this.#slices.has(this.#columns.sliceAt(row)))
        merger.add(this.#columns.startMsAt(row), this.#columns.endMsAt(row));
    }
    return merger.intervals;
  }

  find(number: number): ArchivedSegment | undefined {
    const row = this.#columns.rowOf(number);
    return this.#columns.numberAt(row) === number ? this.#segmentAt(row) : undefined;
  }

  /** From a number on, upwards. */
  *from(number: number): Generator<ArchivedSegment> {
    for (let row = this.#columns.rowOf(number); row < this.#columns.length; row++) {
      const segment = this.#segmentAt(row);
      if (segment) yield segment;
    }
  }

  /** From before a number on, downwards. */
  *before(number: number): Generator<ArchivedSegment> {
    for (let row = this.#columns.rowOf(number) - 1; row >= 0; row--) {
      const segment = this.#segmentAt(row);
      if (segment) yield segment;
    }
  }

  /** A slice begins; its file is there. */
  beginSlice(first: number, initName: string, init: Init): Promise<void> {
    const lines: IndexLine[] = this.#inits.has(initName) ? [] : [{ kind: 'init', name: initName, ...init }];
    return this.#append([...lines, { kind: 'slice', first, initName }]);
  }

  addSegment(first: number, segment: IndexedSegment): Promise<void> {
    return this.#append([{ kind: 'segment', first, segment }]);
  }

  segmentsOf(first: number): SegmentInSlice[] {
    const last = this.#states.find(first)?.lastNumber ?? first;
    const segments: SegmentInSlice[] = [];
    for (let row = this.#columns.rowOf(first); row < this.#columns.length; row++) {
      if (this.#columns.numberAt(row) > last) break;
      if (this.#columns.sliceAt(row) === first) segments.push(this.#columns.at(row));
    }
    return segments;
  }

  /** The slice's file is whole and on the disk, and now the index is, too. A slice without a segment is none. */
  async endSlice(first: number): Promise<void> {
    const state = this.#states.find(first);
    if (!state) return;
    if (state.sizeBytes === 0) return this.delete(first);
    const { lastNumber, endMs, sizeBytes } = state;
    await this.#append([{ kind: 'ended', first, lastNumber, endMs, sizeBytes }], true);
  }

  queued(first: number): Promise<void> {
    return this.#append([{ kind: 'queued', first }]);
  }

  uploaded(first: number, place: RemotePlace): Promise<void> {
    return this.#append([{ kind: 'uploaded', first, ...place }]);
  }

  /** Removes the slice's file, where an object has its bytes. */
  async trim(first: number): Promise<void> {
    await this.#append([{ kind: 'trimmed', first }]);
    await rm(this.fileOf(first), { force: true });
  }

  /** The index forgets it before its file goes, so that no reader is sent to what is not there. */
  async delete(first: number): Promise<void> {
    await this.#append([{ kind: 'deleted', first }]);
    await rm(this.fileOf(first), { force: true });
  }

  /** Takes in what is whole of a slice that was not written to its end. */
  takeIn(first: number): Promise<void> {
    return this.#inTurn(async () => {
      const found = await lookInto(this.fileOf(first));
      if (!found) return;
      this.#adopt(first, found);
      await this.#renew();
    });
  }

  /** Takes in a slice of which there is only an object, or the object of one that is here. */
  takeInRemote(first: number, place: RemotePlace, look: () => Promise<FoundSlice | undefined>): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#slices.has(first)) {
        const found = await look();
        if (!found) return;
        this.#adopt(first, found);
        this.#states.setHere(first, false);
      }
      this.#states.apply({ kind: 'uploaded', first, ...place });
      this.#isIndexStale = true;
    });
  }

  /** Writes the index as the memory has it. */
  renew(): Promise<void> {
    return this.#inTurn(() => this.#renew());
  }

  /** Removes the folder of a day of which nothing is left, as far as others keep nothing in it. */
  async remove(): Promise<void> {
    for (const first of await slicesIn(this.#folder)) await rm(this.fileOf(first), { force: true });
    for (const name of [INDEX_FILE, `${INDEX_FILE}.new`]) await rm(join(this.#folder, name), { force: true });
    await rmdir(this.#folder).catch(() => undefined);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  #append(lines: readonly IndexLine[], isDurable = false): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isIndexStale) await this.#renew();
      await this.#index.append(lines, isDurable);
      for (const line of lines) this.#apply(line);
      this.#changes++;
    });
  }

  async #renew(): Promise<void> {
    const inits = [...this.#inits].map(([name, init]) => ({ kind: 'init', name, ...init }) as const);
    const slices = this.slices.flatMap((state) => {
      const { initName } = this.#slices.get(state.first) ?? {};
      return initName === undefined ? [] : linesOf(state, initName, this.segmentsOf(state.first));
    });
    const deleted = [...this.#states.deleted].map((first) => ({ kind: 'deleted', first }) as const);
    await this.#index.replace([...inits, ...slices, ...deleted]);
    this.#isIndexStale = false;
  }

  #apply(line: IndexLine): void {
    if (line.kind === 'init') this.#inits.set(line.name, { bytes: line.bytes, tracks: line.tracks });
    else if (line.kind === 'slice') this.#applySlice(line.first, line.initName);
    else if (line.kind === 'deleted') this.#slices.delete(line.first);
    else if (line.kind === 'segment' && this.#slices.has(line.first)) this.#columns.add(line.segment, line.first);
    if (line.kind !== 'slice' || this.#slices.has(line.first)) this.#states.apply(line);
  }

  #applySlice(first: number, initName: string): void {
    const init = this.#inits.get(initName);
    if (init) this.#slices.set(first, { first, day: this.name, tracks: init.tracks, initName, init: init.bytes });
  }

  #segmentAt(row: number): ArchivedSegment | undefined {
    const slice = this.#slices.get(this.#columns.sliceAt(row));
    return slice && { ...this.#columns.at(row), slice };
  }

  async #compare(): Promise<void> {
    const found = await findSlices(this.#folder, this.#states, this.#index.isSound);
    for (const first of found.gone) {
      this.#states.setHere(first, false);
      if (!this.#states.find(first)?.remote) this.#forget(first);
    }
    for (const [first, slice] of found.changed) this.#adopt(first, slice);
  }

  #forget(first: number): void {
    this.#states.forget(first);
    this.#slices.delete(first);
  }

  /** From now on a slice has what was found in it, and nothing else. */
  #adopt(first: number, { head, init, segments, isEnded }: FoundSlice): void {
    const { initName, tracks } = head;
    const others: (IndexedSegment & { slice: number })[] = this.#columns.all.filter(({ slice }) => slice !== first);
    const known = new Map(this.segmentsOf(first).map((segment) => [segment.number, segment]));
    // How long its last segment is, the packager knew better.
    const own = segments.map((found) => {
      const before = known.get(found.number);
      const isSame = before?.offset === found.offset && before.sizeBytes === found.sizeBytes;
      return { ...(isSame ? before : found), slice: first };
    });
    if (!this.#inits.has(initName)) this.#inits.set(initName, { bytes: init, tracks });
    const { isQueued = false, remote } = this.#states.find(first) ?? {};
    this.#applySlice(first, initName);
    this.#states.apply({ kind: 'slice', first, initName });
    for (const segment of own) this.#states.apply({ kind: 'segment', first, segment });
    const state = this.#states.find(first);
    if (state && isEnded) this.#states.apply({ ...state, kind: 'ended' });
    if (isQueued) this.#states.apply({ kind: 'queued', first });
    if (remote) this.#states.apply({ kind: 'uploaded', first, ...remote });
    this.#columns = new SegmentColumns();
    for (const { slice, ...segment } of [...others, ...own].sort((a, b) => a.number - b.number)) {
      this.#columns.add(segment, slice);
    }
    this.#isIndexStale = true;
    this.#changes++;
  }
}
