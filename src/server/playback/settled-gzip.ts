import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { concat } from '../../protocol/bytes/index.ts';

/** RFC 1952, 2.3.1: deflate, no name, no time, an unknown system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const TRAILER_BYTES = 8;
const LEVEL = 5;
/** Shorter ones are compressed again as quickly. */
const WORTH_KEEPING_BYTES = 4096;

type Packed = { readonly blocks: Uint8Array; readonly crc: number };

/**
 * Compresses texts that begin with the same: once what is the same, and for each what comes behind it. Both are blocks of
 * one stream (RFC 1951, 3.2.3), of which the first end at a byte and are not looked back into.
 *
 *     header | blocks of what is the same | blocks of the rest | CRC-32 and length of all
 */
export class SettledGzip {
  readonly #packed = new WeakMap<Uint8Array, Packed>();

  /** @param settled what the text begins with, the same object each time; left out, nothing is known of it */
  of(text: Uint8Array, settled: Uint8Array | undefined): Uint8Array {
    if (!settled || settled.length < WORTH_KEEPING_BYTES) return gzipSync(text, { level: LEVEL });
    const { blocks, crc } = this.#pack(settled);
    const rest = text.subarray(settled.length);
    return concat([HEADER, blocks, deflateRawSync(rest, { level: LEVEL }), trailerOf(crc32(rest, crc), text.length)]);
  }

  #pack(settled: Uint8Array): Packed {
    const known = this.#packed.get(settled);
    if (known) return known;
    const blocks = deflateRawSync(settled, { level: LEVEL, finishFlush: constants.Z_FULL_FLUSH });
    const packed = { blocks, crc: crc32(settled) };
    this.#packed.set(settled, packed);
    return packed;
  }
}

function trailerOf(crc: number, sizeBytes: number): Uint8Array {
  const trailer = new DataView(new ArrayBuffer(TRAILER_BYTES));
  trailer.setUint32(0, crc, true);
  trailer.setUint32(4, sizeBytes, true);
  return new Uint8Array(trailer.buffer);
}
