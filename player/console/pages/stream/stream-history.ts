import type { StreamEntry } from '../../answers/answer-types.ts';

/** What the graphs of one stream show of one moment; null is not known. */
export type StreamPoint = { readonly atS: number; readonly kbps: number | null; readonly gopS: number | null };

/** The last answers about one stream, the newest last. */
export class StreamHistory {
  readonly #length: number;
  #points: readonly StreamPoint[] = [];

  constructor(length: number) {
    this.#length = length;
  }

  get points(): readonly StreamPoint[] {
    return this.#points;
  }

  add({ bitrateKbps, gopSeconds }: Pick<StreamEntry, 'bitrateKbps' | 'gopSeconds'>, nowMs: number): void {
    const point = { atS: nowMs / 1000, kbps: bitrateKbps ?? null, gopS: gopSeconds || null };
    this.#points = [...this.#points, point].slice(-this.#length);
  }
}
