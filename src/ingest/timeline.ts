export type TrackKind = 'video' | 'audio';

export type Stamp = {
  readonly dtsMs: number;
  /** The encoder's clock jumped for good; times go on smoothly all the same. */
  readonly isJump: boolean;
};

type TrackTime = {
  lastRaw: number;
  /** Raw timestamps with the wraps taken out. */
  unwrapped: number;
  /** dts - unwrapped. */
  offset: number;
  lastDtsMs: number;
  lastArrivalMs: number;
  frameMs: number;
  suspects: number;
  suspectRaw: number;
  /** By how much this track's clock last jumped. */
  jumpMs: number;
  jumps: number;
};

const LARGEST_STEP_BACK_MS = 1000;
const LARGEST_STEP_MS = 5000;
const LARGEST_TRACK_DISTANCE_MS = 5000;
const SUSPECTS_THAT_MAKE_A_JUMP = 3;
const WRAP_24_BIT = 2 ** 24;
const WRAP_TOLERANCE_MS = 60_000;

/**
 * Turns an encoder's timestamps into stream time. Takes out 32-bit wraps (and 24-bit ones, of encoders that forget
 * the extended timestamp), re-stamps single outliers, follows lasting jumps without one, and puts audio and video
 * that count from different bases side by side.
 */
export class Timeline {
  readonly #startDtsMs: number;
  readonly #tracks = new Map<TrackKind, TrackTime>();

  /** @param startDtsMs stream time of the first packet */
  constructor(startDtsMs: number) {
    this.#startDtsMs = startDtsMs;
  }

  /** The latest stream time given out. */
  get lastDtsMs(): number {
    let last = this.#startDtsMs;
    for (const track of this.#tracks.values()) last = Math.max(last, track.lastDtsMs);
    return last;
  }

  /**
   * @param raw the timestamp as sent, unsigned 32 bits
   * @param arrivalMs monotonic time of arrival
   */
  stamp(kind: TrackKind, raw: number, arrivalMs: number): Stamp {
    const track = this.#tracks.get(kind);
    if (!track) return this.#first(kind, raw, arrivalMs);
    const step = rawStep(track.lastRaw, raw);
    const candidate = track.unwrapped + step + track.offset;
    const elapsedMs = Math.max(0, arrivalMs - track.lastArrivalMs);
    track.lastArrivalMs = arrivalMs;
    const change = candidate - track.lastDtsMs;
    if (change >= -LARGEST_STEP_BACK_MS && change <= LARGEST_STEP_MS + elapsedMs) {
      track.suspects = 0;
      track.lastRaw = raw;
      track.unwrapped += step;
      return this.#accept(kind, track, candidate, false);
    }
    return this.#outlier(kind, track, raw, candidate);
  }

  #first(kind: TrackKind, raw: number, arrivalMs: number): Stamp {
    const other = this.#tracks.get(kind === 'video' ? 'audio' : 'video');
    let dtsMs = this.#startDtsMs;
    if (other) {
      dtsMs = other.lastDtsMs + rawStep(other.lastRaw, raw);
      if (Math.abs(dtsMs - other.lastDtsMs) > LARGEST_TRACK_DISTANCE_MS) dtsMs = other.lastDtsMs;
      dtsMs = Math.max(dtsMs, this.#startDtsMs);
    }
    this.#tracks.set(kind, {
      lastRaw: raw,
      unwrapped: raw,
      offset: dtsMs - raw,
      lastDtsMs: dtsMs,
      lastArrivalMs: arrivalMs,
      frameMs: kind === 'video' ? 33 : 21,
      suspects: 0,
      suspectRaw: 0,
      jumpMs: 0,
      jumps: 0,
    });
    return { dtsMs, isJump: false };
  }

  #accept(kind: TrackKind, track: TrackTime, candidate: number, isJump: boolean): Stamp {
    const dtsMs = Math.max(candidate, track.lastDtsMs + (kind === 'video' ? 1 : 0));
    const step = dtsMs - track.lastDtsMs;
    if (step > 0 && step < LARGEST_STEP_BACK_MS) track.frameMs = step;
    track.lastDtsMs = dtsMs;
    return { dtsMs, isJump };
  }

  #outlier(kind: TrackKind, track: TrackTime, raw: number, candidate: number): Stamp {
    const expected = track.lastDtsMs + track.frameMs;
    const sinceSuspect = rawStep(track.suspectRaw, raw);
    const isSameBase = track.suspects > 0 && Math.abs(sinceSuspect) <= LARGEST_STEP_BACK_MS;
    track.suspects = isSameBase ? track.suspects + 1 : 1;
    track.suspectRaw = raw;
    if (track.suspects < SUSPECTS_THAT_MAKE_A_JUMP) return this.#accept(kind, track, expected, false);
    const jumpMs = this.#jumpOf(kind, track, candidate - expected);
    track.suspects = 0;
    track.jumpMs = jumpMs;
    track.jumps++;
    track.unwrapped += rawStep(track.lastRaw, raw);
    track.offset -= jumpMs;
    track.lastRaw = raw;
    return this.#accept(kind, track, candidate - jumpMs, true);
  }

  /** The other track's jump where it is the same one, so that both stay together to the millisecond. */
  #jumpOf(kind: TrackKind, track: TrackTime, jumpMs: number): number {
    const other = this.#tracks.get(kind === 'video' ? 'audio' : 'video');
    const isSame =
      other && other.jumps === track.jumps + 1 && Math.abs(other.jumpMs - jumpMs) < LARGEST_STEP_BACK_MS / 2;
    return isSame ? other.jumpMs : jumpMs;
  }
}

/** The signed distance between two 32-bit timestamps, or between two of an encoder that counts in 24 bits. */
function rawStep(from: number, to: number): number {
  const step = (to - from) | 0;
  const is24BitWrap = to < WRAP_24_BIT && from < WRAP_24_BIT && Math.abs(step + WRAP_24_BIT) < WRAP_TOLERANCE_MS;
  return is24BitWrap ? step + WRAP_24_BIT : step;
}
