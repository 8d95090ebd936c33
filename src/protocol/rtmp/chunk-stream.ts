import { MalformedError } from '../bytes/index.ts';
import type { RtmpMessage } from './message.ts';
import type { PayloadMemory } from './payload-memory.ts';

/** Up to here the whole payload is allocated at once; above, memory grows with what has arrived. */
const EAGER_BYTES = 65_536;
const UNKNOWN = -1;

/** What later chunk headers of one chunk stream lean on, and its unfinished message. */
export class ChunkStream {
  readonly id: number;
  isOpen = false;
  length = 0;
  received = 0;
  #timestamp = 0;
  #field = 0;
  #isExtended = false;
  #typeId = 0;
  #messageStreamId = 0;
  #payload: Uint8Array | undefined;
  readonly #memory: PayloadMemory;

  constructor(id: number, memory: PayloadMemory) {
    this.id = id;
    this.#memory = memory;
  }

  /**
   * Applies a header whose `size` bytes, and extended timestamp, lie at `at`. A new header in the midst of a message
   * drops what had arrived. Returns the bytes of memory that this freed.
   */
  begin(format: number, bytes: Uint8Array, at: number, size: number): number {
    if (format === 3) {
      if (!this.isOpen) this.#timestamp = (this.#timestamp + this.#field) >>> 0;
      return 0;
    }
    const freed = this.drop();
    const field = u24(bytes, at);
    this.#isExtended = field === 0xffffff;
    this.#field = this.#isExtended ? u32(bytes, at + size) : field;
    this.#timestamp = format === 0 ? this.#field : (this.#timestamp + this.#field) >>> 0;
    if (format < 2) {
      this.length = u24(bytes, at + 3);
      this.#typeId = bytes[at + 6] ?? 0;
    }
    if (format === 0) this.#messageStreamId = u32le(bytes, at + 7);
    return freed;
  }

  /**
   * How many bytes of extended timestamp follow a type 3 basic header: 4 where the sender repeats it, as the
   * specification says, 0 where it does not, as some encoders; UNKNOWN while too few bytes are there to tell.
   */
  repeatedSize(bytes: Uint8Array, at: number, end: number): number {
    if (!this.#isExtended) return 0;
    const next = this.isOpen ? this.#timestamp : (this.#timestamp + this.#field) >>> 0;
    const available = Math.min(4, end - at);
    const repeats = startsWith(bytes, at, available, this.#field) || startsWith(bytes, at, available, next);
    if (!repeats) return 0;
    return available < 4 ? UNKNOWN : 4;
  }

  /** Makes room for `count` more bytes; returns by how much the memory grew. */
  reserve(count: number): number {
    const before = this.#payload?.length ?? 0;
    const needed = this.received + count;
    if (this.#payload && needed <= before) return 0;
    const after = Math.min(this.length, Math.max(needed, EAGER_BYTES, before * 2));
    const grown = this.#memory.take(after);
    if (this.#payload) grown.set(this.#payload.subarray(0, this.received));
    this.#payload = grown;
    return after - before;
  }

  append(input: Uint8Array, at: number, count: number): void {
    if (!this.#payload) throw new MalformedError('BAD_STATE', 'RTMP chunk', 'payload without room');
    this.#payload.set(input.subarray(at, at + count), this.received);
    this.received += count;
  }

  /** The whole message, whose payload now belongs to the receiver. */
  finish(): RtmpMessage {
    const payload = this.#payload ?? new Uint8Array(0);
    this.#payload = undefined;
    this.received = 0;
    this.isOpen = false;
    return {
      chunkStreamId: this.id,
      timestamp: this.#timestamp,
      typeId: this.#typeId,
      messageStreamId: this.#messageStreamId,
      payload,
    };
  }

  /** Forgets an unfinished message; returns the bytes of memory that were held. */
  drop(): number {
    const freed = this.#payload?.length ?? 0;
    this.#payload = undefined;
    this.received = 0;
    this.isOpen = false;
    return freed;
  }
}

function startsWith(bytes: Uint8Array, at: number, count: number, value: number): boolean {
  for (let i = 0; i < count; i++) if (bytes[at + i] !== ((value >>> (24 - 8 * i)) & 0xff)) return false;
  return true;
}

function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 0x10000 + (bytes[at + 1] ?? 0) * 0x100 + (bytes[at + 2] ?? 0);
}

function u32(bytes: Uint8Array, at: number): number {
  return u24(bytes, at) * 0x100 + (bytes[at + 3] ?? 0);
}

function u32le(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at + 3] ?? 0) * 0x1000000 + (bytes[at + 2] ?? 0) * 0x10000 + (bytes[at + 1] ?? 0) * 0x100 + (bytes[at] ?? 0)
  );
}
