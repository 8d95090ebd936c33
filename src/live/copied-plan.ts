import { FramePace } from './frame-pace.ts';
import type { Packet, Position } from './packet.ts';

/** The plan of a copy: packets come with their positions, and keep them. */
export class CopiedPlan {
  readonly #pace = new FramePace(0);
  #last: Position | undefined;

  /** The number of the segment being filled; 0 before the first. */
  get segment(): number {
    return this.#last?.segment ?? 0;
  }

  /** Of the packet that came last. */
  get last(): Position | undefined {
    return this.#last;
  }

  get keyIntervalMs(): number {
    return this.#pace.keyIntervalMs;
  }

  /** Its owner says what is a discontinuity. */
  break(): void {}

  take(packet: Packet): void {
    const { position } = packet;
    this.#last = position;
    if (packet.kind === (position.tracks.video ? 'video' : 'audio')) this.#pace.frame(packet, position.isDiscontinuity);
  }
}
