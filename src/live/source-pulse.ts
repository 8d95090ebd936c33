import type { UnplacedPacket } from './packet.ts';

/** Forward runs of a source's time against ours are looked for within about a second. */
const BURST_BUCKET_MS = 250;
const BURST_BUCKETS = 4;
const BURST_MS = 250;
const CALM_MS = 500;
const LONG_UNREST_MS = 1000;
/** How far a source falls behind is looked for within ten seconds. */
const LAG_BUCKET_MS = 1000;
const LAG_BUCKETS = 10;
/** A source of few frames is not taken for one that stalls. */
const FRAMES_TO_MISS = 3;
const LONGEST_FRAME_MS = 5000;

/** How regularly the pictures of a source come, or its sound where it has no pictures. */
export class SourcePulse {
  readonly #stallMs: number;
  readonly #joinedAtMs: number;
  #lastAtMs: number;
  #lastDtsMs: number | undefined;
  #frameMs = 0;
  #wellSinceMs: number;
  #restlessAtMs: number;
  readonly #lowest = new Buckets(BURST_BUCKET_MS, BURST_BUCKETS, Math.min);
  readonly #highest = new Buckets(LAG_BUCKET_MS, LAG_BUCKETS, Math.max);
  #driftMs = 0;

  constructor(stallMs: number, nowMs: number) {
    this.#stallMs = stallMs;
    this.#joinedAtMs = nowMs;
    this.#lastAtMs = nowMs;
    this.#wellSinceMs = nowMs;
    this.#restlessAtMs = nowMs;
  }

  /** A picture came, or of a source without pictures a sound. */
  beat({ dtsMs }: UnplacedPacket, nowMs: number): void {
    if (this.isStalled(nowMs)) {
      this.#wellSinceMs = nowMs;
      this.#restlessAtMs = nowMs;
      // What was lost in the stall is no lag of what comes after it.
      this.#highest.clear();
    }
    if (this.#lastDtsMs !== undefined) {
      const stepMs = Math.min(LONGEST_FRAME_MS, dtsMs - this.#lastDtsMs);
      if (stepMs > 0) this.#frameMs = this.#frameMs === 0 ? stepMs : this.#frameMs * 0.9 + stepMs * 0.1;
    }
    this.#lastDtsMs = dtsMs;
    this.#lastAtMs = nowMs;
    this.#driftMs = dtsMs - nowMs;
    this.#lowest.add(this.#driftMs, nowMs);
    this.#highest.add(this.#driftMs, nowMs);
    if (this.#driftMs - this.#lowest.most > BURST_MS) this.#restlessAtMs = nowMs;
  }

  /** Without a picture for so long, or since it joined. */
  silentMs(nowMs: number): number {
    return nowMs - this.#lastAtMs;
  }

  /** From how long a silence on it counts as stalled. */
  get stallMs(): number {
    return Math.max(this.#stallMs, this.#frameMs * FRAMES_TO_MISS);
  }

  isStalled(nowMs: number): boolean {
    return this.silentMs(nowMs) >= this.stallMs;
  }

  /** Whether it comes as fast as time passes: not the rest of what was kept back while it stalled. */
  isSteady(nowMs: number): boolean {
    return this.#lastDtsMs !== undefined && nowMs - this.#restlessAtMs >= CALM_MS;
  }

  /** Whether it will do where there is nothing else: it is steady, or has only the usual unrest of a network. */
  isUsable(nowMs: number): boolean {
    return !this.isStalled(nowMs) && (this.isSteady(nowMs) || this.wellMs(nowMs) >= LONG_UNREST_MS);
  }

  /** How long it has been without a stall. */
  wellMs(nowMs: number): number {
    return this.isStalled(nowMs) ? 0 : nowMs - Math.max(this.#wellSinceMs, this.#joinedAtMs);
  }

  /** How far its time fell behind ours within the last ten seconds. */
  get behindMs(): number {
    return Math.max(0, this.#highest.most - this.#driftMs);
  }
}

/** The extreme of what was added within the last few spans of time. */
class Buckets {
  readonly #spanMs: number;
  readonly #count: number;
  readonly #pick: (a: number, b: number) => number;
  readonly #buckets: { readonly fromMs: number; value: number }[] = [];

  constructor(spanMs: number, count: number, pick: (a: number, b: number) => number) {
    this.#spanMs = spanMs;
    this.#count = count;
    this.#pick = pick;
  }

  add(value: number, nowMs: number): void {
    const last = this.#buckets.at(-1);
    if (last && nowMs - last.fromMs < this.#spanMs) last.value = this.#pick(last.value, value);
    else this.#buckets.push({ fromMs: nowMs, value });
    const oldestMs = nowMs - this.#spanMs * this.#count;
    while (this.#buckets[0] && this.#buckets[0].fromMs < oldestMs) this.#buckets.shift();
  }

  clear(): void {
    this.#buckets.length = 0;
  }

  get most(): number {
    const [first, ...others] = this.#buckets;
    return others.reduce((most, { value }) => this.#pick(most, value), first?.value ?? 0);
  }
}
