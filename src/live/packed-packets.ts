import { isKeyFrame, type Packet, type Position } from './packet.ts';
import type { Track } from './track.ts';

/** What a packet's row of numbers holds. */
const IS_KEY_FRAME = 0;
const DTS_MS = 1;
const WALL_MS = 2;
const MEDIA_TIME = 3;
/** `compositionMs` of video, `durationTicks` of audio. */
const EXTRA = 4;
const OFFSET = 5;
const LENGTH = 6;
const ROW = 7;

const FIRST_ROWS = 64;

/**
 * Packets in order, packed into rows of numbers and made anew when asked for. Hundreds of streams hold hundreds of
 * packets each for seconds; as objects, every garbage collection would move or mark them all.
 *
 *     numbers    | key dts wall time extra offset length | key dts ...
 *     memory     | the buffer that the payload lies in   | ...
 *     tracks     | shared by many packets; none for data | ...
 *     positions  | shared by a part's packets            | ...
 */
export class PackedPackets {
  #numbers = new Float64Array(FIRST_ROWS * ROW);
  readonly #memory: (ArrayBufferLike | undefined)[] = [];
  readonly #tracks: (Track | undefined)[] = [];
  readonly #positions: (Position | undefined)[] = [];
  #length = 0;
  /** How many packets lie in each array of memory. */
  readonly #tenants = new Map<ArrayBufferLike, number>();
  #sizeBytes = 0;

  get length(): number {
    return this.#length;
  }

  /** Memory that the payloads keep from being freed; they may be small parts of it. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  push(packet: Packet): void {
    const index = this.#length++;
    const row = index * ROW;
    if (row === this.#numbers.length) this.#grow();
    const numbers = this.#numbers;
    numbers[row + IS_KEY_FRAME] = isKeyFrame(packet) ? 1 : 0;
    numbers[row + DTS_MS] = packet.dtsMs;
    numbers[row + WALL_MS] = packet.wallMs;
    numbers[row + MEDIA_TIME] = packet.kind === 'data' ? 0 : packet.mediaTime;
    numbers[row + EXTRA] = extraOf(packet);
    numbers[row + OFFSET] = packet.data.byteOffset;
    numbers[row + LENGTH] = packet.data.length;
    this.#memory[index] = packet.data.buffer;
    this.#tracks[index] = packet.kind === 'data' ? undefined : packet.track;
    this.#positions[index] = packet.position;
    this.#enter(packet.data.buffer);
  }

  /** The packets from `index` on. */
  from(index: number): Packet[] {
    const packets: Packet[] = [];
    for (let at = index; at < this.#length; at++) packets.push(this.#at(at));
    return packets;
  }

  /** Takes out the oldest packets. */
  drop(count: number): void {
    for (let index = 0; index < count; index++) this.#leave(this.#memory[index]);
    this.#numbers.copyWithin(0, count * ROW, this.#length * ROW);
    moveDown(this.#memory, count, this.#length);
    moveDown(this.#tracks, count, this.#length);
    moveDown(this.#positions, count, this.#length);
    this.#length -= count;
  }

  /** Of the oldest packet, if there is one. */
  get firstDtsMs(): number | undefined {
    return this.#length === 0 ? undefined : this.#number(0, DTS_MS);
  }

  positionOf(index: number): Position | undefined {
    return this.#positions[index];
  }

  /** The first index whose position is as wanted, or -1. */
  findPosition(isWanted: (position: Position, index: number) => boolean): number {
    return this.#positions.findIndex((position, index) => position !== undefined && isWanted(position, index));
  }

  #at(index: number): Packet {
    const isKey = this.#number(index, IS_KEY_FRAME) === 1;
    const extra = this.#number(index, EXTRA);
    const mediaTime = this.#number(index, MEDIA_TIME);
    const track = this.#tracks[index];
    const position = this.#positions[index];
    const memory = this.#memory[index];
    if (!position || !memory) throw new RangeError(`no packet ${index} of ${this.#length}`);
    const common = {
      dtsMs: this.#number(index, DTS_MS),
      wallMs: this.#number(index, WALL_MS),
      data: new Uint8Array(memory, this.#number(index, OFFSET), this.#number(index, LENGTH)),
      position,
    };
    if (track?.kind === 'audio') return { kind: 'audio', track, mediaTime, durationTicks: extra, ...common };
    if (track?.kind !== 'video') return { kind: 'data', ...common };
    return { kind: 'video', track, mediaTime, compositionMs: extra, isKeyFrame: isKey, ...common };
  }

  #enter(memory: ArrayBufferLike): void {
    const tenants = this.#tenants.get(memory) ?? 0;
    if (tenants === 0) this.#sizeBytes += memory.byteLength;
    this.#tenants.set(memory, tenants + 1);
  }

  #leave(memory: ArrayBufferLike | undefined): void {
    const tenants = memory && this.#tenants.get(memory);
    if (!tenants) return;
    if (tenants > 1) {
      this.#tenants.set(memory, tenants - 1);
      return;
    }
    this.#tenants.delete(memory);
    this.#sizeBytes -= memory.byteLength;
  }

  #number(index: number, field: number): number {
    return this.#numbers[index * ROW + field] ?? 0;
  }

  #grow(): void {
    const grown = new Float64Array(this.#numbers.length * 2);
    grown.set(this.#numbers);
    this.#numbers = grown;
  }
}

function extraOf(packet: Packet): number {
  if (packet.kind === 'video') return packet.compositionMs;
  return packet.kind === 'audio' ? packet.durationTicks : 0;
}

/** Moves what lies behind the first `count` down to the start; in place, so that the array keeps its room. */
function moveDown(array: unknown[], count: number, length: number): void {
  for (let index = count; index < length; index++) array[index - count] = array[index];
  array.fill(undefined, length - count, length);
}
