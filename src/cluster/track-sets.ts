import type { Track, TrackSet } from '../live/index.ts';

const MOST_KEPT = 256;

/**
 * The sets of tracks that a copy's packets name by number. Sets that say the same are one object, over reconnects too:
 * whoever reads the copy takes another object for new parameters.
 */
export class TrackSets {
  #numbered = new Map<number, TrackSet>();
  readonly #tracks = new Map<string, Track>();
  readonly #sets = new Map<string, TrackSet>();

  /** A new connection has numbers of its own. */
  startOver(): void {
    this.#numbered = new Map();
    if (this.#sets.size > MOST_KEPT) this.#sets.clear();
    if (this.#tracks.size > MOST_KEPT) this.#tracks.clear();
  }

  add(number: number, tracks: TrackSet): void {
    this.#numbered.set(number, this.#sameSet(tracks));
  }

  of(number: number): TrackSet {
    const tracks = this.#numbered.get(number);
    if (!tracks) throw new Error(`a packet names the tracks ${number}, which were not told of`);
    return tracks;
  }

  #sameSet({ video, audio }: TrackSet): TrackSet {
    const key = `${video ? keyOf(video) : ''}|${audio ? keyOf(audio) : ''}`;
    const known = this.#sets.get(key);
    if (known) return known;
    const set: TrackSet = {
      ...(video ? { video: this.#sameTrack(video) } : {}),
      ...(audio ? { audio: this.#sameTrack(audio) } : {}),
    };
    this.#sets.set(key, set);
    return set;
  }

  #sameTrack<Kind extends Track>(track: Kind): Kind {
    const key = keyOf(track);
    const known = this.#tracks.get(key) ?? track;
    this.#tracks.set(key, known);
    return known as Kind;
  }
}

function keyOf(track: Track): string {
  return JSON.stringify({ ...track, config: Buffer.from(track.config).toString('base64') });
}
