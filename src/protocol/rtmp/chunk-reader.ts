import { concat, MalformedError } from '../bytes/index.ts';
import { ChunkStream } from './chunk-stream.ts';
import { decodeControl, MESSAGE_TYPE, type RtmpMessage } from './message.ts';
import { PayloadMemory } from './payload-memory.ts';

export type ChunkLimits = {
  readonly maxMessageBytes: number;
  /** Bounds the memory of all unfinished messages together. */
  readonly maxAssemblyBytes: number;
  readonly maxChunkStreams: number;
};

export const DEFAULT_CHUNK_LIMITS: ChunkLimits = {
  maxMessageBytes: 8 * 1024 * 1024,
  maxAssemblyBytes: 16 * 1024 * 1024,
  maxChunkStreams: 32,
};

const HEADER_SIZES = [11, 7, 3, 0] as const;
/** 3 bytes basic header, 11 bytes message header, 4 bytes extended timestamp. */
const MAX_HEADER_SIZE = 18;
const INCOMPLETE = 0;
const NO_INPUT = new Uint8Array(0);

/** Cuts the bytes of a connection, after the handshake, into messages (section 5.3). Copies each payload byte once. */
export class ChunkReader {
  #limits: ChunkLimits;
  #chunkSize = 128;
  readonly #streams = new Map<number, ChunkStream>();
  readonly #memory = new PayloadMemory();
  #input: Uint8Array = NO_INPUT;
  #at = 0;
  readonly #head = new Uint8Array(MAX_HEADER_SIZE);
  #headLength = 0;
  #current: ChunkStream | undefined;
  #chunkRemaining = 0;
  #bytesUnderAssembly = 0;

  constructor(limits: ChunkLimits = DEFAULT_CHUNK_LIMITS) {
    this.#limits = limits;
  }

  /** Memory held by messages that are not whole yet. */
  get bytesUnderAssembly(): number {
    return this.#bytesUnderAssembly;
  }

  get chunkSize(): number {
    return this.#chunkSize;
  }

  /** Applies from the next message header on. */
  setLimits(limits: ChunkLimits): void {
    this.#limits = limits;
  }

  /** All messages that `bytes` complete. Set Chunk Size and Abort are obeyed here and not reported. */
  push(bytes: Uint8Array): RtmpMessage[] {
    this.feed(bytes);
    const messages: RtmpMessage[] = [];
    for (let message = this.next(); message; message = this.next()) messages.push(message);
    return messages;
  }

  /** Hands over input for `next`; only once `next` has returned undefined or the rest was taken. */
  feed(bytes: Uint8Array): void {
    if (this.#at < this.#input.length) throw new RangeError('the input before is not read to its end');
    this.#input = bytes;
    this.#at = 0;
  }

  /** A copy of the input that `next` has not come to, which the reader then forgets. */
  takeRest(): Uint8Array {
    const rest = new Uint8Array(this.#input.subarray(this.#at));
    this.#input = NO_INPUT;
    this.#at = 0;
    return rest;
  }

  /** The next whole message of the input, or undefined when all of it is read. */
  next(): RtmpMessage | undefined {
    for (;;) {
      if (!this.#current && !this.#readHeader()) return undefined;
      const message = this.#readPayload();
      if (!message) {
        if (this.#at < this.#input.length) continue;
        this.#input = NO_INPUT;
        this.#at = 0;
        return undefined;
      }
      if (message.typeId > MESSAGE_TYPE.abort || message.typeId === 0) return message;
      this.#obey(message);
    }
  }

  /** Reads one chunk header, from the input or from what earlier inputs left of it. */
  #readHeader(): boolean {
    const available = this.#input.length - this.#at;
    if (this.#headLength === 0 && available > 0) {
      const size = this.#parseHeader(this.#input, this.#at, this.#input.length);
      if (size !== INCOMPLETE) {
        this.#at += size;
        return true;
      }
    }
    const before = this.#headLength;
    const added = Math.min(available, MAX_HEADER_SIZE - before);
    this.#head.set(this.#input.subarray(this.#at, this.#at + added), before);
    const size = this.#parseHeader(this.#head, 0, before + added);
    if (size === INCOMPLETE) {
      this.#headLength = before + added;
      this.#at += added;
      return false;
    }
    this.#headLength = 0;
    if (size >= before) this.#at += size - before;
    else this.#giveBack(this.#head.subarray(size, before));
    return true;
  }

  /** Bytes that could have been a repeated timestamp, and were payload. */
  #giveBack(bytes: Uint8Array): void {
    this.#input = concat([bytes, this.#input.subarray(this.#at)]);
    this.#at = 0;
  }

  /** Bounds are checked once for the whole header, so the bytes are read in place. */
  #parseHeader(bytes: Uint8Array, start: number, end: number): number {
    if (start >= end) return INCOMPLETE;
    const first = bytes[start] ?? 0;
    const format = first >>> 6;
    let id = first & 0x3f;
    let at = start + 1;
    if (id < 2) {
      at += id + 1;
      if (at > end) return INCOMPLETE;
      id = 64 + (bytes[start + 1] ?? 0) + (id === 1 ? (bytes[start + 2] ?? 0) * 256 : 0);
    }
    const size = HEADER_SIZES[format] ?? 0;
    if (end - at < size) return INCOMPLETE;
    const stream = this.#streamFor(id, format);
    const extra = format === 3 ? stream.repeatedSize(bytes, at, end) : extendedSize(bytes, at);
    if (extra < 0 || end - at - size < extra) return INCOMPLETE;
    this.#streams.set(id, stream);
    this.#bytesUnderAssembly -= stream.begin(format, bytes, at, size);
    this.#startChunk(stream);
    return at + size + extra - start;
  }

  #streamFor(id: number, format: number): ChunkStream {
    const known = this.#streams.get(id);
    if (known) return known;
    // librtmp opens chunk stream 2 with a type 1 header; without a length there is nothing to read.
    if (format > 1) throw new MalformedError('BAD_STATE', 'RTMP chunk', `type ${format} opens chunk stream ${id}`);
    if (this.#streams.size >= this.#limits.maxChunkStreams) {
      throw new MalformedError('TOO_MANY', 'RTMP chunk', `more than ${this.#limits.maxChunkStreams} chunk streams`);
    }
    return new ChunkStream(id, this.#memory);
  }

  #startChunk(stream: ChunkStream): void {
    if (!stream.isOpen && stream.length > this.#limits.maxMessageBytes) {
      throw new MalformedError('TOO_LARGE', 'RTMP message', `of ${stream.length} bytes`);
    }
    stream.isOpen = true;
    this.#current = stream;
    this.#chunkRemaining = Math.min(this.#chunkSize, stream.length - stream.received);
  }

  #readPayload(): RtmpMessage | undefined {
    const stream = this.#current;
    if (!stream) return undefined;
    const count = Math.min(this.#chunkRemaining, this.#input.length - this.#at);
    if (count > 0) {
      this.#bytesUnderAssembly += stream.reserve(count);
      if (this.#bytesUnderAssembly > this.#limits.maxAssemblyBytes) {
        throw new MalformedError('TOO_LARGE', 'RTMP chunk', `${this.#bytesUnderAssembly} bytes in unfinished messages`);
      }
      stream.append(this.#input, this.#at, count);
      this.#at += count;
      this.#chunkRemaining -= count;
    }
    if (this.#chunkRemaining > 0) return undefined;
    this.#current = undefined;
    if (stream.received < stream.length) return undefined;
    this.#bytesUnderAssembly -= stream.length;
    return stream.finish();
  }

  #obey(message: RtmpMessage): void {
    const control = decodeControl(message.typeId, message.payload);
    if (control.type === 'setChunkSize') {
      if (control.sizeBytes < 1 || control.sizeBytes > 0x7fffffff) {
        throw new MalformedError('BAD_VALUE', 'RTMP Set Chunk Size', `${control.sizeBytes}`);
      }
      // No message is longer than 2^24 - 1 bytes, so no larger chunk can be told from that.
      this.#chunkSize = Math.min(control.sizeBytes, 0xffffff);
    } else if (control.type === 'abort') {
      this.#bytesUnderAssembly -= this.#streams.get(control.chunkStreamId)?.drop() ?? 0;
    }
  }
}

function extendedSize(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0xff && bytes[at + 1] === 0xff && bytes[at + 2] === 0xff ? 4 : 0;
}
