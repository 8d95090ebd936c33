import { Day } from './day.ts';

/** One day of a stream: what is known of it without its index, and its index while somebody needs it. */
export class DayEntry {
  readonly name: string;
  readonly folder: string;
  readonly #days: LoadedDays;
  #range: NumberRange | undefined;
  #loading: Promise<Day> | undefined;
  #day: Day | undefined;
  #users = 0;
  #isStale = false;
  #changesBefore = 0;

  constructor(days: LoadedDays, folder: string, name: string, range: NumberRange | undefined) {
    this.#days = days;
    this.folder = folder;
    this.name = name;
    this.#range = range;
  }

  get isUsed(): boolean {
    return this.#users > 0;
  }

  /** What its index holds in memory. */
  get rows(): number {
    return this.#day?.rows ?? 0;
  }

  /** Rises with each change. */
  get changes(): number {
    return this.#changesBefore + (this.#day?.changes ?? 0);
  }

  get loadedDay(): Day | undefined {
    return this.#day;
  }

  /** Whether the day may have a segment of that number. */
  mayHave(number: number): boolean {
    const { firstNumber, lastNumber } = this.#day ?? this.#range ?? EVERYTHING;
    return firstNumber <= number && number <= lastNumber;
  }

  /** Whether it may have one of that number or a higher one. */
  mayHaveSince(number: number): boolean {
    return number <= (this.#day ?? this.#range ?? EVERYTHING).lastNumber;
  }

  /** Whether all that it has is known to be behind a number. */
  isAfter(number: number): boolean {
    return number < (this.#day ?? this.#range ?? EVERYTHING).firstNumber;
  }

  /** Its highest number, without its index where that is known. */
  async lastNumber(): Promise<number> {
    return (this.#day ?? this.#range)?.lastNumber ?? this.use((day) => day.lastNumber);
  }

  /** Reads the day, loaded if need be. There is only one Day of a folder: none is forgotten while it is used. */
  async use<T>(work: (day: Day) => T | Promise<T>): Promise<T> {
    const day = await this.hold();
    try {
      return await work(day);
    } finally {
      this.release();
    }
  }

  async hold(): Promise<Day> {
    this.#users++;
    try {
      this.#loading ??= Day.load(this.folder, this.name);
      this.#day = await this.#loading;
      this.#days.touch(this);
      return this.#day;
    } catch (error) {
      this.#loading = undefined;
      this.release();
      throw error;
    }
  }

  /** @param isStale the index in memory is to be read again when nobody uses it any more */
  release(isStale = false): void {
    this.#users--;
    this.#isStale ||= isStale;
    if (this.#isStale && !this.isUsed) this.forget();
  }

  forget(): void {
    if (this.isUsed || !this.#day) return;
    const { firstNumber, lastNumber } = this.#day;
    this.#range = { firstNumber, lastNumber };
    this.#changesBefore += this.#day.changes;
    this.#day = undefined;
    this.#loading = undefined;
    this.#isStale = false;
  }
}

export type NumberRange = { readonly firstNumber: number; readonly lastNumber: number };

const EVERYTHING: NumberRange = { firstNumber: 0, lastNumber: Number.POSITIVE_INFINITY };
/** Some 60 bytes each, so about 100 MB: forty days of two-second segments. */
const MAX_ROWS = 1_700_000;

/** The indexes in memory, of all streams; those that nobody asked for longest go first. */
export class LoadedDays {
  readonly #maxRows: number;
  readonly #entries = new Set<DayEntry>();

  constructor(maxRows = MAX_ROWS) {
    this.#maxRows = maxRows;
  }

  get rows(): number {
    return [...this.#entries].reduce((sum, { rows }) => sum + rows, 0);
  }

  touch(entry: DayEntry): void {
    const isKnown = this.#entries.delete(entry);
    this.#entries.add(entry);
    if (isKnown) return;
    let rows = this.rows;
    for (const each of this.#entries) {
      if (rows <= this.#maxRows) return;
      if (each.isUsed) continue;
      rows -= each.rows;
      this.drop(each);
    }
  }

  drop(entry: DayEntry): void {
    this.#entries.delete(entry);
    entry.forget();
  }
}
