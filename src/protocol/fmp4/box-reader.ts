import { ByteReader, MalformedError } from '../bytes/index.ts';

/** One box without its header; `body` is a view. */
export type Box = { readonly type: string; readonly body: Uint8Array };

export type BoxHead = { readonly type: string; readonly sizeBytes: number; readonly headerBytes: number };

const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;

/** The boxes that a container box, or a run of bytes, is made of. */
export function boxesIn(bytes: Uint8Array): Box[] {
  const boxes: Box[] = [];
  const reader = new ByteReader(bytes, 'MP4 box');
  while (reader.remaining > 0) {
    const { type, sizeBytes, headerBytes } = readBoxHead(reader);
    boxes.push({ type, body: reader.bytes(sizeBytes - headerBytes) });
  }
  return boxes;
}

/** The first box of the type, found by a path such as `mdia`, `mdhd`; undefined where there is none. */
export function boxAt(bytes: Uint8Array, ...path: readonly string[]): Uint8Array | undefined {
  let here: Uint8Array | undefined = bytes;
  for (const type of path) here = here && boxesIn(here).find((box) => box.type === type)?.body;
  return here;
}

/** The first box of the type; throws MalformedError where there is none. */
export function requiredBox(bytes: Uint8Array, type: string): Uint8Array {
  const body = boxAt(bytes, type);
  if (!body) throw new MalformedError('BAD_VALUE', 'MP4 box', `has no ${type}`);
  return body;
}

/** A box's header; where its body ends is not looked at. */
export function readBoxHead(reader: ByteReader): BoxHead {
  const short = reader.u32();
  const type = String.fromCharCode(reader.u8(), reader.u8(), reader.u8(), reader.u8());
  if (short === 0) throw new MalformedError('UNSUPPORTED', 'MP4 box', `${type} without a size`);
  const sizeBytes = short === 1 ? reader.u64() : short;
  const headerBytes = short === 1 ? LARGE_HEADER_BYTES : HEADER_BYTES;
  if (sizeBytes < headerBytes) throw new MalformedError('BAD_VALUE', 'MP4 box', `${type} of ${sizeBytes} bytes`);
  return { type, sizeBytes, headerBytes };
}

/** Takes a file in pieces of any size and gives whole boxes of the top level. */
export class BoxReader {
  readonly #maxBoxBytes: number;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(maxBoxBytes: number) {
    this.#maxBoxBytes = maxBoxBytes;
  }

  push(bytes: Uint8Array): Box[] {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    const boxes: Box[] = [];
    for (let size = this.#nextSize(); size !== undefined && this.#length >= size; size = this.#nextSize()) {
      boxes.push(...boxesIn(this.#take(size)));
    }
    return boxes;
  }

  /** The size of the box that comes next; undefined until its header is there. */
  #nextSize(): number | undefined {
    if (this.#length < HEADER_BYTES) return undefined;
    const short = new ByteReader(this.#joined(HEADER_BYTES), 'MP4 box').u32();
    if (short === 1 && this.#length < LARGE_HEADER_BYTES) return undefined;
    const { sizeBytes } = readBoxHead(
      new ByteReader(this.#joined(short === 1 ? LARGE_HEADER_BYTES : HEADER_BYTES), 'MP4 box'),
    );
    if (sizeBytes > this.#maxBoxBytes) throw new MalformedError('TOO_LARGE', 'MP4 box', `declares ${sizeBytes} bytes`);
    return sizeBytes;
  }

  /** Makes the first piece hold at least so many bytes. */
  #joined(count: number): Uint8Array {
    const [first = new Uint8Array(0)] = this.#pieces;
    if (first.length >= count) return first;
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [whole];
    return whole;
  }

  #take(count: number): Uint8Array {
    const first = this.#joined(count);
    const rest = first.subarray(count);
    this.#pieces = rest.length > 0 ? [rest, ...this.#pieces.slice(1)] : this.#pieces.slice(1);
    this.#length -= count;
    return first.subarray(0, count);
  }
}
