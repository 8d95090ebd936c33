import type { IndexedSegment } from './index-line.ts';

const FIRST_ROWS = 256;

/** Segments in the order of their numbers, 50 bytes each: a day of a stream is 43 200 of them. */
export class SegmentColumns {
  #length = 0;
  #numbers = new Float64Array(FIRST_ROWS);
  #wallMs = new Float64Array(FIRST_ROWS);
  #startDtsMs = new Float64Array(FIRST_ROWS);
  #offsets = new Float64Array(FIRST_ROWS);
  #durationMs = new Uint32Array(FIRST_ROWS);
  #sizeBytes = new Uint32Array(FIRST_ROWS);
  /** Discontinuities so far, doubled; the lowest bit marks the segment as one. */
  #discontinuities = new Uint32Array(FIRST_ROWS);
  #slices = new Float64Array(FIRST_ROWS);
  #isWallRising = true;

  get length(): number {
    return this.#length;
  }

  /** @param slice the number of the slice's first segment */
  add(segment: IndexedSegment, slice: number): void {
    const row = this.#length;
    if (row === this.#numbers.length) this.#grow();
    const endMs = segment.wallMs + segment.durationMs;
    if (row > 0 && (segment.wallMs < (this.#wallMs[row - 1] ?? 0) || endMs < this.endMsAt(row - 1))) {
      this.#isWallRising = false;
    }
    this.#numbers[row] = segment.number;
    this.#wallMs[row] = segment.wallMs;
    this.#startDtsMs[row] = segment.startDtsMs;
    this.#offsets[row] = segment.offset;
    this.#durationMs[row] = segment.durationMs;
    this.#sizeBytes[row] = segment.sizeBytes;
    this.#discontinuities[row] = segment.discontinuities * 2 + (segment.isDiscontinuity ? 1 : 0);
    this.#slices[row] = slice;
    this.#length++;
  }

  at(row: number): IndexedSegment {
    const marks = this.#discontinuities[row] ?? 0;
    return {
      number: this.#numbers[row] ?? 0,
      wallMs: this.#wallMs[row] ?? 0,
      startDtsMs: this.#startDtsMs[row] ?? 0,
      durationMs: this.#durationMs[row] ?? 0,
      isDiscontinuity: marks % 2 === 1,
      discontinuities: marks >>> 1,
      offset: this.#offsets[row] ?? 0,
      sizeBytes: this.#sizeBytes[row] ?? 0,
    };
  }

  /** All of them, each with its slice. */
  get all(): (IndexedSegment & { readonly slice: number })[] {
    return Array.from({ length: this.#length }, (_, row) => ({ ...this.at(row), slice: this.sliceAt(row) }));
  }

  startMsAt(row: number): number {
    return this.#wallMs[row] ?? 0;
  }

  endMsAt(row: number): number {
    return (this.#wallMs[row] ?? 0) + (this.#durationMs[row] ?? 0);
  }

  sliceAt(row: number): number {
    return this.#slices[row] ?? 0;
  }

  numberAt(row: number): number {
    return this.#numbers[row] ?? 0;
  }

  /** The first row whose number is this or higher. */
  rowOf(number: number): number {
    return this.#firstRow((row) => (this.#numbers[row] ?? 0) >= number);
  }

  /**
   * Rows that overlap the time, in their order; where the clock was set back there may be several runs of them.
   *
   * @param since none whose number is lower
   */
  rowsBetween(fromMs: number, toMs: number, since = 0, most = Number.POSITIVE_INFINITY): number[] {
    const rows: number[] = [];
    const start = this.#isWallRising ? this.#firstRow((row) => this.endMsAt(row) > fromMs) : 0;
    for (let row = Math.max(start, this.rowOf(since)); row < this.#length && rows.length < most; row++) {
      const wallMs = this.#wallMs[row] ?? 0;
      if (wallMs < toMs && this.endMsAt(row) > fromMs) rows.push(row);
      else if (this.#isWallRising && wallMs >= toMs) break;
    }
    return rows;
  }

  /** The first row that the claim holds for; it must hold for all rows after it. */
  #firstRow(holds: (row: number) => boolean): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #grow(): void {
    const rows = this.#length * 2;
    const floats = (old: Float64Array) => {
      const grown = new Float64Array(rows);
      grown.set(old);
      return grown;
    };
    const words = (old: Uint32Array) => {
      const grown = new Uint32Array(rows);
      grown.set(old);
      return grown;
    };
    this.#numbers = floats(this.#numbers) as Float64Array<ArrayBuffer>;
    this.#wallMs = floats(this.#wallMs) as Float64Array<ArrayBuffer>;
    this.#startDtsMs = floats(this.#startDtsMs) as Float64Array<ArrayBuffer>;
    this.#offsets = floats(this.#offsets) as Float64Array<ArrayBuffer>;
    this.#durationMs = words(this.#durationMs) as Uint32Array<ArrayBuffer>;
    this.#sizeBytes = words(this.#sizeBytes) as Uint32Array<ArrayBuffer>;
    this.#discontinuities = words(this.#discontinuities) as Uint32Array<ArrayBuffer>;
    this.#slices = floats(this.#slices) as Float64Array<ArrayBuffer>;
  }
}
