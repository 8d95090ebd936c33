type Totals = { readonly bytes: number; readonly pictures: number };
type Sample = Totals & { readonly atMs: number };

const WINDOW_MS = 10_000;

/** Bits and pictures per second over about the last 10 s, from running totals that are looked at now and then. */
export class Throughput {
  #samples: Sample[] = [];

  sample(atMs: number, { bytes, pictures }: Totals): void {
    this.#samples.push({ atMs, bytes, pictures });
    this.#samples = this.#samples.filter((sample) => atMs - sample.atMs <= WINDOW_MS);
  }

  /** Zeroes until there were two looks. */
  measure(): { readonly kbps: number; readonly fps: number } {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs <= first.atMs) return { kbps: 0, fps: 0 };
    const ms = last.atMs - first.atMs;
    return {
      kbps: Math.round(((last.bytes - first.bytes) * 8) / ms),
      fps: Math.round(((last.pictures - first.pictures) * 10_000) / ms) / 10,
    };
  }
}
