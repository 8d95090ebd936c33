import { ByteWriter, MalformedError } from '../bytes/index.ts';
import { decodeFileHeader, type FileHeader } from './file-header.ts';
import { decodeTagHeader, type FlvTag, previousTagSizeBytes, type TagHeader, tagHeaderBytes } from './tag.ts';

export type FlvReaderOptions = {
  /** Largest payload accepted; a tag that declares more is malformed. Default 8 MiB. */
  readonly maxTagBytes?: number;
};

type State = 'file-header' | 'skip' | 'tag-header' | 'payload';

/** Memory first taken for a payload that comes in several pieces; it grows only as bytes come. */
const firstPieceBytes = 64 * 1024;

/** Takes an FLV file or HTTP-FLV body in pieces of any size and gives whole tags. */
export class FlvReader {
  readonly #maxTagBytes: number;
  readonly #small = new Uint8Array(tagHeaderBytes);
  #smallLength = 0;
  #state: State = 'file-header';
  #skipBytes = 0;
  #tag: TagHeader | undefined;
  #payload: ByteWriter | undefined;
  #header: FileHeader | undefined;

  constructor(options: FlvReaderOptions = {}) {
    this.#maxTagBytes = options.maxTagBytes ?? 8 * 1024 * 1024;
  }

  /** The file header, once its 9 bytes have come. */
  get header(): FileHeader | undefined {
    return this.#header;
  }

  /** True between tags: nothing of an unfinished tag is held. */
  get isAtTagBoundary(): boolean {
    return (this.#state === 'tag-header' || this.#state === 'skip') && this.#smallLength === 0;
  }

  /** The tags completed by `bytes`. A payload that lay whole in `bytes` is a view of it, not a copy. */
  push(bytes: Uint8Array): FlvTag[] {
    const tags: FlvTag[] = [];
    let at = 0;
    while (at < bytes.length || (this.#tag !== undefined && this.#tag.sizeBytes === 0))
      at = this.#step(bytes, at, tags);
    return tags;
  }

  #step(bytes: Uint8Array, at: number, tags: FlvTag[]): number {
    switch (this.#state) {
      case 'file-header':
        return this.#takeFileHeader(bytes, at);
      case 'skip':
        return this.#takeSkip(bytes, at);
      case 'tag-header':
        return this.#takeTagHeader(bytes, at);
      case 'payload':
        return this.#takePayload(bytes, at, tags);
    }
  }

  #takeFileHeader(bytes: Uint8Array, at: number): number {
    const next = this.#fillSmall(bytes, at, 9);
    if (this.#smallLength < 9) return next;
    this.#header = decodeFileHeader(this.#small);
    this.#smallLength = 0;
    this.#skip(this.#header.dataOffset - 9 + previousTagSizeBytes);
    return next;
  }

  #takeSkip(bytes: Uint8Array, at: number): number {
    const taken = Math.min(this.#skipBytes, bytes.length - at);
    this.#skipBytes -= taken;
    if (this.#skipBytes === 0) this.#state = 'tag-header';
    return at + taken;
  }

  #takeTagHeader(bytes: Uint8Array, at: number): number {
    const next = this.#fillSmall(bytes, at, tagHeaderBytes);
    if (this.#smallLength < tagHeaderBytes) return next;
    const tag = decodeTagHeader(this.#small);
    if (tag.sizeBytes > this.#maxTagBytes) {
      throw new MalformedError('TOO_LARGE', 'FLV tag header', `declares ${tag.sizeBytes} bytes`);
    }
    this.#smallLength = 0;
    this.#tag = tag;
    this.#state = 'payload';
    return next;
  }

  #takePayload(bytes: Uint8Array, at: number, tags: FlvTag[]): number {
    const tag = this.#tag;
    if (tag === undefined) throw new MalformedError('BAD_STATE', 'FLV tag', 'payload without a header');
    const held = this.#payload?.length ?? 0;
    const next = at + Math.min(tag.sizeBytes - held, bytes.length - at);
    const piece = bytes.subarray(at, next);
    if (held + piece.length < tag.sizeBytes) {
      this.#payload ??= new ByteWriter(Math.min(tag.sizeBytes, firstPieceBytes));
      this.#payload.bytes(piece);
      return next;
    }
    const payload = this.#payload === undefined ? piece : this.#payload.bytes(piece).view();
    tags.push({ type: tag.type, timestampMs: tag.timestampMs, payload });
    this.#payload = undefined;
    this.#tag = undefined;
    // PreviousTagSize is for reading backwards, and writers get it wrong: it is not checked.
    this.#skip(previousTagSizeBytes);
    return next;
  }

  #skip(count: number): void {
    this.#skipBytes = count;
    this.#state = 'skip';
  }

  #fillSmall(bytes: Uint8Array, at: number, wanted: number): number {
    const next = at + Math.min(wanted - this.#smallLength, bytes.length - at);
    this.#small.set(bytes.subarray(at, next), this.#smallLength);
    this.#smallLength += next - at;
    return next;
  }
}
