import type { SampleEntry } from './movie-fragment.ts';
import { Uint32List } from './uint32-list.ts';

const MAX_TICKS = 2 ** 32 - 1;

/** Equal values that follow one another, as stts and ctts have them. */
export class RunLengths {
  readonly counts = new Uint32List();
  readonly values = new Uint32List();

  push(value: number): void {
    if (this.counts.length > 0 && this.values.at(-1) === value >>> 0) {
      this.counts.setLast(this.counts.at(-1) + 1);
    } else {
      this.counts.push(1);
      this.values.push(value);
    }
  }

  /** Changes the last value. */
  setLast(value: number): void {
    const count = this.counts.at(-1);
    if (count <= 1) {
      this.values.setLast(value);
    } else {
      this.counts.setLast(count - 1);
      this.counts.push(1);
      this.values.push(value);
    }
  }
}

/**
 * The samples of one track of a progressive MP4, gathered for its moov. An hour takes a few megabytes.
 *
 *     chunk: samples of one description that lie together in the mdat
 *     [v v v v][a a a a a][v v v][a a a a]...
 */
export class SampleTable {
  readonly sizes = new Uint32List();
  readonly durations = new RunLengths();
  readonly compositionOffsets = new RunLengths();
  /** Numbers of the samples that a decoder can begin with; the first is 1. */
  readonly syncNumbers = new Uint32List();
  /** Of each chunk, from the mdat's payload. */
  readonly chunkOffsets: number[] = [];
  readonly chunkCounts = new Uint32List();
  /** The number of each chunk's description; the first is 1. */
  readonly chunkDescriptions = new Uint32List();
  hasNegativeOffset = false;
  #durationTicks = 0;
  #lowestTicks = Number.POSITIVE_INFINITY;
  #lastShown = { atTicks: Number.NEGATIVE_INFINITY, durationTicks: 0 };

  /** How long the samples take to decode; where the next one begins, counted from the first. */
  get durationTicks(): number {
    return this.#durationTicks;
  }

  /** When the first picture or sound is shown, counted from the dts of the first sample. */
  get shownFromTicks(): number {
    return this.sizes.length === 0 ? 0 : this.#lowestTicks;
  }

  /** When the last one has been shown. */
  get shownToTicks(): number {
    return this.sizes.length === 0 ? 0 : this.#lastShown.atTicks + this.#lastShown.durationTicks;
  }

  /** Adds samples that lie together, in decode order, from `offset` of the mdat's payload on. */
  addChunk(offset: number, description: number, samples: readonly SampleEntry[]): void {
    if (samples.length === 0) return;
    this.chunkOffsets.push(offset);
    this.chunkCounts.push(samples.length);
    this.chunkDescriptions.push(description);
    for (const sample of samples) this.#add(sample);
  }

  /** Makes the last sample longer or shorter, so that the next one begins at `ticks`; never shorter than nothing. */
  endAt(ticks: number): void {
    if (this.sizes.length === 0) return;
    const before = this.durations.values.at(-1);
    const durationTicks = Math.min(MAX_TICKS, Math.max(0, before + ticks - this.#durationTicks));
    if (durationTicks === before) return;
    this.durations.setLast(durationTicks);
    const lastTicks = this.#durationTicks - before + (this.compositionOffsets.values.at(-1) | 0);
    this.#durationTicks += durationTicks - before;
    if (lastTicks === this.#lastShown.atTicks) this.#lastShown = { atTicks: lastTicks, durationTicks };
  }

  #add({ durationTicks, sizeBytes, compositionOffsetTicks, isSync }: SampleEntry): void {
    this.sizes.push(sizeBytes);
    this.durations.push(durationTicks);
    this.compositionOffsets.push(compositionOffsetTicks);
    if (compositionOffsetTicks < 0) this.hasNegativeOffset = true;
    if (isSync) this.syncNumbers.push(this.sizes.length);
    const atTicks = this.#durationTicks + compositionOffsetTicks;
    if (atTicks < this.#lowestTicks) this.#lowestTicks = atTicks;
    if (atTicks >= this.#lastShown.atTicks) this.#lastShown = { atTicks, durationTicks };
    this.#durationTicks += durationTicks;
  }
}
