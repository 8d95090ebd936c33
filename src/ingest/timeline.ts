export type TrackKind = 'video' | 'audio';

export type Stamp = {
  readonly dtsMs: number;
  /** The encoder's clock jumped for good; times go on smoothly all the same. Said once for both tracks. */
  readonly isJump: boolean;
};

type Jump = { readonly ms: number; readonly atMs: number };

type Suspects = {
  readonly count: number;
  readonly lastRaw: number;
  /** How far the first of them lay from the time before it. */
  readonly firstChangeMs: number;
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
  suspects: Suspects | undefined;
  /** A jump of this track's clock that the other track has not followed yet. */
  unfollowedJump: Jump | undefined;
};

/** A step back or forward by more than this is doubted; forward, the time that passed is granted on top. */
const LARGEST_STEP_MS = 1000;
/** A lasting step forward up to this is a gap in what was sent; beyond, the clock was set anew. */
const LARGEST_GAP_MS = 5000;
const LARGEST_TRACK_DISTANCE_MS = 5000;
const SUSPECTS_TO_BELIEVE = 3;
/** Two tracks' jumps this near in size and arrival are one. */
const SAME_JUMP_MS = 500;
const SAME_JUMP_ARRIVAL_MS = 10_000;
const WRAP_24_BIT = 2 ** 24;
const WRAP_TOLERANCE_MS = 60_000;

/**
 * Turns an encoder's timestamps into stream time. Takes out 32-bit wraps (and 24-bit ones, of encoders that forget
 * the extended timestamp), re-stamps single outliers, follows lasting jumps without one, and puts audio and video
 * that count from different bases side by side.
 */
export class Timeline {
  readonly #startDtsMs: number;
  readonly #startRaw: number;
  readonly #tracks = new Map<TrackKind, TrackTime>();

  /**
   * @param startDtsMs stream time that no packet comes before
   * @param startRaw the timestamp, as sent, that stands for it
   */
  constructor(startDtsMs: number, startRaw: number) {
    this.#startDtsMs = startDtsMs;
    this.#startRaw = startRaw;
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
    if (!track) return { dtsMs: this.#first(kind, raw, arrivalMs), isJump: false };
    const step = rawStep(track.lastRaw, raw);
    const candidate = track.unwrapped + step + track.offset;
    const elapsedMs = Math.max(0, arrivalMs - track.lastArrivalMs);
    track.lastArrivalMs = arrivalMs;
    const change = candidate - track.lastDtsMs;
    if (change < -LARGEST_STEP_MS || change > LARGEST_STEP_MS + elapsedMs) {
      return this.#doubt(kind, track, raw, candidate);
    }
    believe(track, raw, step);
    return { dtsMs: advance(kind, track, candidate), isJump: false };
  }

  #first(kind: TrackKind, raw: number, arrivalMs: number): number {
    const other = this.#tracks.get(otherOf(kind));
    const near = other ? other.lastDtsMs : this.#startDtsMs;
    const wanted = near + rawStep(other ? other.lastRaw : this.#startRaw, raw);
    const isNear = Math.abs(wanted - near) <= LARGEST_TRACK_DISTANCE_MS;
    const dtsMs = isNear && wanted >= this.#startDtsMs - LARGEST_STEP_MS ? wanted : near;
    const lastDtsMs = Math.max(dtsMs, this.#startDtsMs);
    this.#tracks.set(kind, {
      lastRaw: raw,
      unwrapped: raw,
      offset: dtsMs - raw,
      lastDtsMs,
      lastArrivalMs: arrivalMs,
      frameMs: kind === 'video' ? 33 : 21,
      suspects: undefined,
      unfollowedJump: undefined,
    });
    return lastDtsMs;
  }

  /** Re-stamps what is far from where it should be, until enough of it agrees. */
  #doubt(kind: TrackKind, track: TrackTime, raw: number, candidate: number): Stamp {
    const expected = track.lastDtsMs + track.frameMs;
    const suspects = nextSuspects(track, raw, candidate);
    track.suspects = suspects;
    if (suspects.count < SUSPECTS_TO_BELIEVE) return { dtsMs: advance(kind, track, expected), isJump: false };
    const step = rawStep(track.lastRaw, raw);
    const isGap = suspects.firstChangeMs > 0 && suspects.firstChangeMs <= LARGEST_GAP_MS;
    const jump = isGap ? undefined : this.#jumpOf(kind, track, candidate - expected);
    track.offset -= jump?.ms ?? 0;
    believe(track, raw, step);
    return { dtsMs: advance(kind, track, track.unwrapped + track.offset), isJump: jump?.isNew ?? false };
  }

  /** The other track's jump where it is the same one, so that both stay together to the millisecond. */
  #jumpOf(kind: TrackKind, track: TrackTime, ms: number): { readonly ms: number; readonly isNew: boolean } {
    const other = this.#tracks.get(otherOf(kind));
    const followed = other?.unfollowedJump;
    if (other && followed && isSameJump(followed, { ms, atMs: track.lastArrivalMs })) {
      other.unfollowedJump = undefined;
      return { ms: followed.ms, isNew: false };
    }
    track.unfollowedJump = { ms, atMs: track.lastArrivalMs };
    return { ms, isNew: true };
  }
}

function otherOf(kind: TrackKind): TrackKind {
  return kind === 'video' ? 'audio' : 'video';
}

function believe(track: TrackTime, raw: number, step: number): void {
  track.suspects = undefined;
  track.lastRaw = raw;
  track.unwrapped += step;
}

/** Gives out a time: never before the last one, and for video after it. */
function advance(kind: TrackKind, track: TrackTime, candidate: number): number {
  const dtsMs = Math.max(candidate, track.lastDtsMs + (kind === 'video' ? 1 : 0));
  const step = dtsMs - track.lastDtsMs;
  if (step > 0 && step < LARGEST_STEP_MS) track.frameMs = step;
  track.lastDtsMs = dtsMs;
  return dtsMs;
}

function nextSuspects({ suspects, lastDtsMs }: TrackTime, raw: number, candidate: number): Suspects {
  const step = suspects ? rawStep(suspects.lastRaw, raw) : 0;
  const isSameBase = suspects && step >= -LARGEST_STEP_MS && step <= LARGEST_GAP_MS;
  if (!isSameBase) return { count: 1, lastRaw: raw, firstChangeMs: candidate - lastDtsMs };
  return { ...suspects, count: suspects.count + 1, lastRaw: raw };
}

function isSameJump(a: Jump, b: Jump): boolean {
  return Math.abs(a.ms - b.ms) < SAME_JUMP_MS && Math.abs(a.atMs - b.atMs) < SAME_JUMP_ARRIVAL_MS;
}

/** The signed distance between two 32-bit timestamps, or between two of an encoder that counts in 24 bits. */
function rawStep(from: number, to: number): number {
  const step = (to - from) | 0;
  const is24BitWrap = to < WRAP_24_BIT && from < WRAP_24_BIT && Math.abs(step + WRAP_24_BIT) < WRAP_TOLERANCE_MS;
  return is24BitWrap ? step + WRAP_24_BIT : step;
}
