import type { ArchivedSegment, ArchiveReader } from '../archive/index.ts';
import { type StreamId, streamKey } from '../live/index.ts';
import type { TimeShift } from './lhs-parameters.ts';
import { type SegmentForm, targetSecondsOf } from './media-segments.ts';
import { type ShiftedPlaylist, shiftedPlaylistName } from './shifted-playlist.ts';
import { type Chosen, SlidingPlaylists } from './sliding-playlists.ts';
import { type Around, farAround, nearAround, slidingWindow } from './sliding-window.ts';
import { vodPlaylist } from './vod-playlist.ts';

/** A stream and how its playlists are made, as live has them. */
export type ShiftedStream = {
  readonly id: StreamId;
  readonly windowSegments: number;
  readonly segmentMs: number;
  readonly keyName: SegmentForm['keyName'];
};

type SlidingPlaylist = Extract<ShiftedPlaylist, { readonly kind: 'shift' | 'window' }>;
type Asked = Exclude<TimeShift, { readonly kind: 'live' }>;
type WithoutContainer<Playlist> = Playlist extends unknown ? Omit<Playlist, 'container'> : never;

/** What was found for a viewer who begins. */
export type Opened = {
  readonly playlist: WithoutContainer<ShiftedPlaylist>;
  /** The moment that is played first. */
  readonly startMs: number;
};

/** A playlist with an end, and how long it is. */
export type LongPlaylist = { readonly count: number; readonly chunks: AsyncIterable<string> };

/** Segments from which a viewer is told beforehand what a playlist will be like. */
const SAMPLE_MS = 20_000;
const FIRST_LOOK_MS = 300_000;
const LONGEST_LOOK_MS = 86_400_000;

export type ShiftedPlaylistsOptions = {
  readonly archive: ArchiveReader;
  readonly wallMs: () => number;
  /** Told what playlists list, before they are given out. */
  readonly onListed: (id: StreamId, segments: readonly ArchivedSegment[]) => void;
};

/** The playlists of what an archive holds. */
export class ShiftedPlaylists {
  readonly #archive: ArchiveReader;
  readonly #wallMs: () => number;
  readonly #onListed: ShiftedPlaylistsOptions['onListed'];
  readonly #sliding = new SlidingPlaylists();

  constructor({ archive, wallMs, onListed }: ShiftedPlaylistsOptions) {
    this.#archive = archive;
    this.#wallMs = wallMs;
    this.#onListed = onListed;
  }

  /** Finds where to begin: a time that nothing was archived of begins with what comes next. Undefined where nothing does. */
  async open(id: StreamId, asked: Asked): Promise<Opened | undefined> {
    const nowMs = this.#wallMs();
    const fromMs = asked.kind === 'shift' ? nowMs - asked.lagMs : asked.startMs;
    const untilMs = asked.kind === 'shift' ? nowMs : Math.min(nowMs, asked.endMs);
    const startMs = await this.#firstFrom(id, fromMs, untilMs);
    if (startMs === undefined) return undefined;
    switch (asked.kind) {
      case 'shift':
        return { playlist: { kind: 'shift', lagMs: nowMs - startMs }, startMs };
      case 'window':
        return { playlist: { ...asked, lagMs: nowMs - startMs }, startMs };
      case 'vod':
        return { playlist: asked, startMs };
    }
  }

  /** Segments from about a moment; none where the stream was not archived then. */
  async sample(id: StreamId, startMs: number): Promise<readonly ArchivedSegment[]> {
    return this.#archive.between(id, startMs - SAMPLE_MS, startMs + SAMPLE_MS);
  }

  /** UTF-8; the same object until it changes. Undefined where nothing is there. */
  async sliding(stream: ShiftedStream, playlist: SlidingPlaylist): Promise<Uint8Array | undefined> {
    const known = this.slidingNow(stream, playlist);
    if (known) return known;
    const { windowMs, seenMs } = this.#placeOf(stream, playlist);
    const near = await this.#read(stream, playlist, nearAround(seenMs, windowMs));
    const chosen = near?.isCertain ? near : await this.#read(stream, playlist, farAround(seenMs, windowMs));
    return chosen && this.#render(stream, playlist, chosen);
  }

  /** The same from what was read for it before; undefined where that does not say all. */
  slidingNow(stream: ShiftedStream, playlist: SlidingPlaylist): Uint8Array | undefined {
    const key = keyOf(stream, playlist);
    const unchanged = this.#sliding.unchanged(key, this.#wallMs() - playlist.lagMs);
    if (unchanged) return unchanged;
    const around = this.#sliding.around(key);
    const chosen = around && this.#choose(stream, playlist, around);
    return chosen?.isCertain ? this.#render(stream, playlist, chosen) : undefined;
  }

  /** Undefined where nothing is there. */
  async long(
    { id, keyName }: Pick<ShiftedStream, 'id' | 'keyName'>,
    { startMs, endMs, container }: Extract<ShiftedPlaylist, { kind: 'vod' }>,
  ): Promise<LongPlaylist | undefined> {
    const untilMs = Math.min(endMs, this.#wallMs());
    const extent = await this.#archive.extent(id, startMs, untilMs);
    if (extent.count === 0) return undefined;
    const pages = this.#listed(id, this.#archive.pages(id, startMs, untilMs));
    return { count: extent.count, chunks: vodPlaylist(pages, extent, startMs, { container, keyName }) };
  }

  async *#listed(id: StreamId, pages: AsyncIterable<readonly ArchivedSegment[]>) {
    for await (const page of pages) {
      this.#onListed(id, page);
      yield page;
    }
  }

  #placeOf({ windowSegments, segmentMs }: ShiftedStream, playlist: SlidingPlaylist) {
    const pivotMs = this.#wallMs() - playlist.lagMs;
    const bounds = playlist.kind === 'window' ? playlist : undefined;
    return {
      pivotMs,
      bounds,
      seenMs: Math.min(pivotMs, bounds?.endMs ?? pivotMs),
      windowMs: windowSegments * segmentMs,
    };
  }

  async #read(stream: ShiftedStream, playlist: SlidingPlaylist, { fromMs, toMs }: Around): Promise<Chosen | undefined> {
    const around = await this.#archive.between(stream.id, fromMs, toMs);
    this.#onListed(stream.id, around);
    return this.#choose(stream, playlist, around);
  }

  #choose(stream: ShiftedStream, playlist: SlidingPlaylist, around: readonly ArchivedSegment[]): Chosen | undefined {
    const { windowSegments, segmentMs } = stream;
    const { pivotMs, bounds } = this.#placeOf(stream, playlist);
    const targetSeconds = targetSecondsOf(around, segmentMs);
    const nowMs = this.#wallMs();
    const sliding = slidingWindow(around, { pivotMs, nowMs, windowSegments, segmentMs, targetSeconds, bounds });
    return sliding && { ...sliding, around, targetSeconds };
  }

  #render(stream: ShiftedStream, playlist: SlidingPlaylist, chosen: Chosen): Uint8Array {
    const { container } = playlist;
    return this.#sliding.render(keyOf(stream, playlist), chosen, { container, keyName: stream.keyName });
  }

  /** Looks near first: what is far has its index on the disk. */
  async #firstFrom(id: StreamId, fromMs: number, untilMs: number): Promise<number | undefined> {
    let [atMs, stepMs] = [fromMs, FIRST_LOOK_MS];
    while (atMs < untilMs) {
      const [first] = await this.#archive.timeline(id, atMs, Math.min(untilMs, atMs + stepMs));
      if (first) return Math.max(first.startMs, fromMs);
      atMs += stepMs;
      stepMs = Math.min(stepMs * 4, LONGEST_LOOK_MS);
    }
    // So near to now that the segment is not whole yet.
    const { fromMs: earlyMs } = farAround(fromMs, 0);
    const isNow = untilMs >= this.#wallMs() && (await this.#archive.between(id, earlyMs, untilMs)).length > 0;
    return isNow ? fromMs : undefined;
  }
}

/** Names a playlist, among those of all streams. */
function keyOf({ id, keyName }: ShiftedStream, playlist: SlidingPlaylist): string {
  return `${streamKey(id)} ${shiftedPlaylistName(playlist)} ${keyName ? 'encrypted' : ''}`;
}
