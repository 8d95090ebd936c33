/** Farther from the encoder's timestamp than this, the exact count gives way. */
const TOLERANCE_SECONDS = 0.03;

/**
 * Gives audio packets times that are exact to the sample. RTMP rounds them to milliseconds, which a player would hear
 * as a click at every joint.
 */
export class SampleClock {
  readonly #sampleRate: number;
  #next: number | undefined;
  #last = -1;

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
  }

  /** The time in samples of a packet of `sampleCount` samples that is stamped `dtsMs`. */
  stamp(dtsMs: number, sampleCount: number): number {
    const stamped = (dtsMs * this.#sampleRate) / 1000;
    const isExact = this.#next !== undefined && Math.abs(this.#next - stamped) <= this.#sampleRate * TOLERANCE_SECONDS;
    const time = isExact && this.#next !== undefined ? this.#next : Math.max(Math.round(stamped), this.#last + 1);
    this.#last = time;
    this.#next = time + sampleCount;
    return time;
  }
}
