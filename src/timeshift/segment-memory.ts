/** Segments of a stream differ in size. */
const SPARE = 1.25;

/**
 * Memory for segments, used again and again: new memory for each would keep the garbage collector busier than all else.
 * Whoever takes it has it alone, until he gives it back or it is garbage.
 */
export class SegmentMemory {
  readonly #maxFreeBytes: number;
  readonly #free: Uint8Array[] = [];
  #freeBytes = 0;

  constructor(maxFreeBytes: number) {
    this.#maxFreeBytes = maxFreeBytes;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** At least so many bytes, with whatever was in them. */
  take(sizeBytes: number): Uint8Array {
    // Much larger ones are for the segments that need them.
    const at = this.#free.findIndex(({ length }) => length >= sizeBytes && length <= 2 * SPARE * sizeBytes);
    const [found] = at < 0 ? [] : this.#free.splice(at, 1);
    if (!found) return new Uint8Array(Math.ceil(sizeBytes * SPARE));
    this.#freeBytes -= found.length;
    return found;
  }

  /** Only by whoever took it, and once: nobody may hold a view of it any more. */
  give(memory: Uint8Array): void {
    this.#free.push(memory);
    this.#freeBytes += memory.length;
    while (this.#freeBytes > this.#maxFreeBytes) this.#freeBytes -= this.#free.shift()?.length ?? 0;
  }
}
