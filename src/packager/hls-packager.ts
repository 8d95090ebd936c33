import type { TrackSet } from '../live/index.ts';
import { concat } from '../protocol/bytes/index.ts';
import { EarlierLines } from './earlier-lines.ts';
import { type EarlierSegment, type EarlierSegments, earlierSegments } from './earlier-segments.ts';
import { fragmentOf, initSegmentOf } from './fragment-of.ts';
import { type HlsContainer, mediaPlaylistOf, type PlaylistText } from './hls-playlist.ts';
import type { Part, Segment } from './segment.ts';
import { SegmentEncryption, type SegmentEncryptionOptions } from './segment-encryption.ts';
import { SegmentWindow, type SegmentWindowOptions } from './segment-window.ts';
import { hasTsTrack, tsSegmentOf } from './ts-segment-of.ts';

export type HlsPackagerOptions = SegmentWindowOptions & {
  readonly lowLatency: boolean;
  /** Segments leave encrypted only, and there are no parts. */
  readonly encryption?: Omit<SegmentEncryptionOptions, 'stream'> | undefined;
  /** Segments that playlists list before those in memory. */
  readonly earlier?: EarlierSegments | undefined;
};

/** UTF-8. */
export type PlaylistBytes = {
  readonly text: Uint8Array;
  /** What the text begins with: the same object in all playlists that begin with the same. */
  readonly settled: Uint8Array;
};

/** A playlist as it stood at a version of the window, and what it can go on from. */
type Printed = PlaylistBytes & { readonly version: number; readonly settledText: string };

type Init = { readonly name: string; readonly bytes: Uint8Array };

/** One stream's playlists, parts and segments, each made once, when first asked for. */
export class HlsPackager {
  readonly window: SegmentWindow;
  readonly #lowLatency: boolean;
  readonly #encryption: SegmentEncryption | undefined;
  readonly #inits = new WeakMap<TrackSet, Init>();
  readonly #parts = new WeakMap<Part, Uint8Array>();
  readonly #segments: Readonly<Record<HlsContainer, WeakMap<Segment, Uint8Array>>> = {
    fmp4: new WeakMap(),
    ts: new WeakMap(),
  };
  readonly #earlier: EarlierSegments | undefined;
  /** The first number that a playlist listed: none begins before that again. */
  #lowest = 0;
  #targetSeconds = 0;
  readonly #playlists = new Map<string, Printed>();
  readonly #earlierLines: Readonly<Record<HlsContainer, EarlierLines>> = {
    fmp4: new EarlierLines(),
    ts: new EarlierLines(),
  };

  constructor(options: HlsPackagerOptions) {
    this.window = new SegmentWindow(options);
    const { encryption, stream } = options;
    this.#encryption = encryption && new SegmentEncryption({ ...encryption, stream: stream.id });
    this.#earlier = options.earlier;
    this.#lowLatency = options.lowLatency && !encryption;
  }

  /** Whether playlists of fragmented MP4 have parts. */
  get isLowLatency(): boolean {
    return this.#lowLatency && !this.window.isEnded;
  }

  /** Whether it is known what playlists list before the segments in memory. */
  get isReady(): boolean {
    return this.#earlier?.isLoaded ?? true;
  }

  async ready(): Promise<void> {
    if (!this.isReady) await this.#earlier?.read(this.window.listed()[0]?.number ?? 0);
  }

  /** The same object until the window changes. Undefined where the container can carry none of the tracks. */
  playlist(container: HlsContainer, isDelta: boolean): PlaylistBytes | undefined {
    if (container === 'ts' && !hasTsTrack(this.#tracks())) return undefined;
    const key = `${container}${isDelta}`;
    const known = this.#playlists.get(key);
    if (known && known.version === this.window.version) return known;
    const initName = (tracks: TrackSet) => this.initOf(tracks).name;
    const earlier = this.#earlier ? earlierSegments(this.window, this.#earlier, initName, this.#lowest) : [];
    this.#lowest = Math.max(this.#lowest, (earlier[0] ?? this.window.listed()[0])?.number ?? 0);
    const text = mediaPlaylistOf(this.window, {
      container,
      isDelta,
      lowLatency: this.#lowLatency,
      initName,
      keyName: this.#encryption && ((segment) => this.#encryption?.keyNameOf(segment) ?? ''),
      targetSeconds: this.#targetSecondsWith(earlier),
      earlier,
      earlierLines: this.#earlierLines[container],
    });
    const printed = { ...bytesOf(text, known), version: this.window.version, settledText: text.settled };
    this.#playlists.set(key, printed);
    return printed;
  }

  init(name: string): Uint8Array | undefined {
    for (const segment of this.window.segments) {
      const init = this.initOf(segment.tracks);
      if (init.name === name) return init.bytes;
    }
    return undefined;
  }

  /** Its segments can't be read without a key, and it has no parts. */
  get isEncrypted(): boolean {
    return this.#encryption !== undefined;
  }

  /** A key that one of the segments is encrypted with. */
  key(name: string): Uint8Array | undefined {
    return this.#encryption?.key(name, this.window.segments);
  }

  /** Undefined too where segments are encrypted. */
  part(segmentNumber: number, index: number): Uint8Array | undefined {
    if (this.#encryption) return undefined;
    const segment = this.window.find(segmentNumber);
    const part = segment?.parts[index];
    return segment && part && index < (segment.wholeParts ?? Infinity) ? this.#partBytes(segment, part) : undefined;
  }

  /** A part as it is without encryption, for what keeps it and encrypts when it gives it out. */
  clearPart(segment: Segment, part: Part): Uint8Array {
    return this.#encryption ? fragmentOf(segment.number, part) : this.#partBytes(segment, part);
  }

  /** The init segment for a set of tracks, and its name in playlists. */
  initOf(tracks: TrackSet): Init {
    const known = this.#inits.get(tracks);
    if (known) return known;
    const init = initSegmentOf(tracks);
    this.#inits.set(tracks, init);
    return init;
  }

  /** A whole segment; undefined too where the container can carry none of its tracks. */
  segment(number: number, container: HlsContainer): Uint8Array | undefined {
    const segment = this.window.find(number);
    return segment?.isWhole && !segment.isGap ? this.#segmentBytes(segment, container) : undefined;
  }

  /**
   * The beginning of a segment whose end never came, as a transport stream: players that don't know `EXT-X-GAP` (VLC 3) take
   * a segment that is not there for the end of the stream.
   */
  gap(number: number): Uint8Array | undefined {
    const segment = this.window.find(number);
    return segment?.isGap ? this.#segmentBytes(segment, 'ts') : undefined;
  }

  /** Bits per second of the listed segments, as the container has them: of the heaviest, and of all together. */
  bitrate(container: HlsContainer): { readonly peak: number; readonly average: number } {
    const listed = this.window.listed();
    const newest = listed.at(-1);
    const measured = newest && this.segment(newest.number, container);
    const overhead = newest && measured ? measured.length / Math.max(1, newest.sizeBytes) : 1;
    const sizeOf = (segment: Segment) => this.#segments[container].get(segment)?.length ?? segment.sizeBytes * overhead;
    const bytes = listed.reduce((sum, segment) => sum + sizeOf(segment), 0);
    const ms = listed.reduce((sum, segment) => sum + segment.durationMs, 0);
    const peak = Math.max(0, ...listed.map((segment) => rateOf(sizeOf(segment), segment.durationMs)));
    return { peak, average: rateOf(bytes, ms) };
  }

  close(): void {
    this.window.close();
  }

  /** EXT-X-TARGETDURATION: never shrinks. */
  #targetSecondsWith(earlier: readonly EarlierSegment[]): number {
    const longestMs = earlier.reduce((longest, { durationMs }) => Math.max(longest, durationMs), 0);
    const { targetDurationSeconds } = this.window;
    this.#targetSeconds = Math.max(this.#targetSeconds, targetDurationSeconds, Math.round(longestMs / 1000));
    return this.#targetSeconds;
  }

  #tracks(): TrackSet {
    return this.window.segments.at(-1)?.tracks ?? this.window.stream.tracks;
  }

  #segmentBytes(segment: Segment, container: HlsContainer): Uint8Array | undefined {
    const known = this.#segments[container].get(segment);
    if (known) return known;
    const bytes = this.#encryption
      ? this.#encryptedSegment(segment, container, this.#encryption)
      : this.#clearSegment(segment, container);
    if (bytes) this.#segments[container].set(segment, bytes);
    return bytes;
  }

  #clearSegment(segment: Segment, container: HlsContainer): Uint8Array | undefined {
    if (container === 'fmp4') return this.#fmp4Segment(segment);
    const bytes = tsSegmentOf(segment);
    if (bytes) this.window.addMade(segment, bytes.length);
    return bytes;
  }

  /** Nothing clear is kept of it but the packets. */
  #encryptedSegment(segment: Segment, container: HlsContainer, encryption: SegmentEncryption): Uint8Array | undefined {
    const ts = container === 'ts' ? tsSegmentOf(segment) : undefined;
    if (container === 'ts' && !ts) return undefined;
    const clear = ts ? [ts] : segment.parts.map((part) => fragmentOf(segment.number, part));
    const bytes = encryption.encrypt(segment, clear);
    this.window.addMade(segment, bytes.length);
    return bytes;
  }

  /** All parts in one; from then on each part is a view of it. */
  #fmp4Segment(segment: Segment): Uint8Array {
    const bytes = concat(segment.parts.map((part) => this.#partBytes(segment, part)));
    let at = 0;
    for (const part of segment.parts) {
      const end = at + this.#partBytes(segment, part).length;
      this.#parts.set(part, bytes.subarray(at, end));
      at = end;
    }
    return bytes;
  }

  #partBytes(segment: Segment, part: Part): Uint8Array {
    const known = this.#parts.get(part);
    if (known) return known;
    const bytes = fragmentOf(segment.number, part);
    this.#parts.set(part, bytes);
    this.window.addMade(segment, bytes.length);
    return bytes;
  }
}

function bytesOf({ settled, rest }: PlaylistText, before: Printed | undefined): PlaylistBytes {
  const encoder = new TextEncoder();
  const bytes = before?.settledText === settled ? before.settled : encoder.encode(settled);
  return { settled: bytes, text: concat([bytes, encoder.encode(rest)]) };
}

function rateOf(sizeBytes: number, durationMs: number): number {
  return Math.ceil((sizeBytes * 8000) / Math.max(1, durationMs));
}
