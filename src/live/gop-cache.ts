import { PackedPackets } from './packed-packets.ts';
import { type Packet, startsGroup } from './packet.ts';

export type GopCacheLimits = {
  readonly maxBytes: number;
  readonly maxMs: number;
};

/**
 * The packets that a newcomer needs: the last whole segments of the plan and the current group of pictures.
 *
 *     | segment n-2 | segment n-1 | segment n ... K . . . |
 *                                                 ^ `sinceKeyFrame` starts here
 *
 * Bounded in bytes and time. When the current group alone passes the bounds, it is given up and newcomers wait for
 * the next key frame.
 */
export class GopCache {
  readonly #limits: GopCacheLimits;
  readonly #packets = new PackedPackets();
  #keyFrameAt = -1;
  #isOverflowing = false;
  #isHeld = false;

  constructor(limits: GopCacheLimits) {
    this.#limits = limits;
  }

  /** Memory that is held for the packets. */
  get sizeBytes(): number {
    return this.#packets.sizeBytes;
  }

  /** Whether the current group of pictures passed the bounds. */
  get isOverflowing(): boolean {
    return this.#isOverflowing;
  }

  /** Everything kept, oldest first; starts at the start of a segment or at the key frame. Made anew each time. */
  get packets(): readonly Packet[] {
    return this.#packets.from(0);
  }

  /** The current group of pictures; where there is no video, the last segment. */
  sinceKeyFrame(): readonly Packet[] {
    return this.#keyFrameAt < 0 ? [] : this.#packets.from(this.#keyFrameAt);
  }

  add(packet: Packet, hasVideo: boolean): void {
    const isStart = startsGroup(packet, hasVideo);
    if (isStart) this.#isOverflowing = false;
    if (this.#isOverflowing) return;
    if (isStart) this.#keyFrameAt = this.#packets.length;
    if (packet.position.startsSegment && !this.#isHeld) this.#dropBefore(packet.position.segment - 2);
    this.#packets.push(packet);
    this.#shrink(packet.dtsMs);
  }

  get firstSegment(): number | undefined {
    return this.#packets.positionOf(0)?.segment;
  }

  /** Newcomers wait for the next key frame; what whole segments are made of stays. */
  endGroup(): void {
    this.#keyFrameAt = -1;
  }

  /** Keeps older segments, too, as far as the bounds let it, until the first one that starts after the release. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
  }

  clear(): void {
    this.#drop(this.#packets.length);
    this.#keyFrameAt = -1;
  }

  #shrink(nowDtsMs: number): void {
    while (this.#isPastLimits(nowDtsMs)) {
      const next = this.#packets.findPosition(({ startsSegment }, index) => index > 0 && startsSegment);
      if (next > 0 && (this.#keyFrameAt < 0 || next <= this.#keyFrameAt)) {
        this.#drop(next);
      } else if (this.#keyFrameAt > 0) {
        this.#drop(this.#keyFrameAt);
      } else {
        this.clear();
        this.#isOverflowing = true;
      }
    }
  }

  #isPastLimits(nowDtsMs: number): boolean {
    const { firstDtsMs } = this.#packets;
    if (firstDtsMs === undefined) return false;
    return this.#packets.sizeBytes > this.#limits.maxBytes || nowDtsMs - firstDtsMs > this.#limits.maxMs;
  }

  /** Drops segments, but none of the current group of pictures, which may be longer than three segments. */
  #dropBefore(segment: number): void {
    const groupSegment = this.#packets.positionOf(this.#keyFrameAt)?.segment ?? segment;
    const first = Math.min(segment, groupSegment);
    const keep = this.#packets.findPosition((position) => position.segment >= first);
    this.#drop(keep < 0 ? this.#packets.length : keep);
  }

  #drop(count: number): void {
    this.#packets.drop(count);
    this.#keyFrameAt -= count;
  }
}
