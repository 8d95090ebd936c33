import { Buffer } from 'node:buffer';

const SMALLEST_SLAB_BYTES = 4096;
const LARGEST_SLAB_BYTES = 65_536;
/** Longer payloads are alone in their memory. */
const LARGEST_SHARED_BYTES = 16_384;

/**
 * Memory for one connection's payloads. Short ones lie side by side in slabs, because to the garbage collector an
 * array with memory of its own is dear, however short. They come and go together, so that none holds a slab for long.
 */
export class PayloadMemory {
  #slab = new ArrayBuffer(0);
  #at = 0;
  #slabBytes = SMALLEST_SLAB_BYTES;

  /** Not cleared: it is to be filled before anyone sees it. */
  take(length: number): Uint8Array {
    if (length > LARGEST_SHARED_BYTES) return unclearedArray(length);
    if (length > this.#slab.byteLength - this.#at) this.#startSlab(length);
    const taken = new Uint8Array(this.#slab, this.#at, length);
    this.#at += length;
    return taken;
  }

  #startSlab(leastBytes: number): void {
    this.#slab = unclearedArray(Math.max(leastBytes, this.#slabBytes)).buffer;
    this.#at = 0;
    this.#slabBytes = Math.min(this.#slabBytes * 2, LARGEST_SLAB_BYTES);
  }
}

function unclearedArray(length: number): Uint8Array<ArrayBuffer> {
  const { buffer } = Buffer.allocUnsafeSlow(length);
  return new Uint8Array(buffer);
}
