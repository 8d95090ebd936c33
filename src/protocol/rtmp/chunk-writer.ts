import { type ControlMessage, encodeControl } from './message.ts';

const EXTENDED = 0xffffff;

/** A message to be cut into chunks; the payload may lie in several pieces. */
export type OutgoingMessage = {
  readonly chunkStreamId: number;
  /** Milliseconds; taken modulo 2^32. */
  readonly timestamp: number;
  readonly typeId: number;
  readonly messageStreamId: number;
  readonly payload: readonly Uint8Array[];
};

/** Whether type 3 headers repeat an extended timestamp, as section 5.3.1.3 says, or not, as some encoders have it. */
export type ExtendedTimestampHabit = 'repeated' | 'once';

/**
 * One message as chunks: a type 0 header with the absolute timestamp, then type 3 headers that repeat an extended
 * timestamp (section 5.3.1). The result is a fresh array that can be sent to any number of peers.
 */
export function serializeMessage(
  message: OutgoingMessage,
  chunkSize: number,
  habit: ExtendedTimestampHabit = 'repeated',
): Uint8Array {
  const timestamp = message.timestamp >>> 0;
  const length = message.payload.reduce((sum, piece) => sum + piece.length, 0);
  if (length > 0xffffff) throw new RangeError(`an RTMP message of ${length} bytes`);
  const basic = basicHeader(3, message.chunkStreamId);
  const isExtended = timestamp >= EXTENDED;
  const extra = isExtended ? 4 : 0;
  const repeated = habit === 'repeated' ? extra : 0;
  const chunks = Math.max(1, Math.ceil(length / chunkSize));
  const bytes = new Uint8Array(chunks * (basic.length + repeated) + 11 + extra - repeated + length);
  const view = new DataView(bytes.buffer);
  bytes.set(basic);
  bytes[0] = (bytes[0] ?? 0) & 0x3f;
  let at = basic.length;
  view.setUint32(at, (isExtended ? EXTENDED : timestamp) * 0x100 + (length >>> 16));
  view.setUint16(at + 4, length & 0xffff);
  view.setUint8(at + 6, message.typeId);
  view.setUint32(at + 7, message.messageStreamId, true);
  at += 11;
  if (isExtended) view.setUint32(at, timestamp);
  at += extra;
  let room = chunkSize;
  for (const piece of message.payload) {
    for (let from = 0; from < piece.length; ) {
      if (room === 0) {
        bytes.set(basic, at);
        at += basic.length;
        if (repeated > 0) view.setUint32(at, timestamp);
        at += repeated;
        room = chunkSize;
      }
      const count = Math.min(room, piece.length - from);
      bytes.set(from === 0 && count === piece.length ? piece : piece.subarray(from, from + count), at);
      at += count;
      from += count;
      room -= count;
    }
  }
  return bytes;
}

/** Basic header of section 5.3.1.1: ids 2 to 63 in one byte, to 319 in two, to 65,599 in three. */
function basicHeader(format: number, chunkStreamId: number): Uint8Array {
  const top = format << 6;
  if (chunkStreamId < 2 || chunkStreamId > 65_599) throw new RangeError(`chunk stream id ${chunkStreamId}`);
  if (chunkStreamId < 64) return Uint8Array.of(top | chunkStreamId);
  const rest = chunkStreamId - 64;
  if (rest < 256) return Uint8Array.of(top, rest);
  return Uint8Array.of(top | 1, rest & 0xff, rest >>> 8);
}

/** Collects messages as chunks of one connection, until they are taken. */
export class ChunkWriter {
  readonly #habit: ExtendedTimestampHabit;
  #chunkSize = 128;
  #output: Uint8Array[] = [];

  constructor(habit: ExtendedTimestampHabit = 'repeated') {
    this.#habit = habit;
  }

  get chunkSize(): number {
    return this.#chunkSize;
  }

  write(message: OutgoingMessage): void {
    this.#output.push(serializeMessage(message, this.#chunkSize, this.#habit));
  }

  /** Sends a control message on chunk stream 2; Set Chunk Size applies from the next message on. */
  writeControl(control: ControlMessage): void {
    const { typeId, payload } = encodeControl(control);
    this.write({ chunkStreamId: 2, timestamp: 0, typeId, messageStreamId: 0, payload: [payload] });
    if (control.type === 'setChunkSize') this.#chunkSize = control.sizeBytes;
  }

  writeRaw(bytes: Uint8Array): void {
    this.#output.push(bytes);
  }

  take(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }
}
