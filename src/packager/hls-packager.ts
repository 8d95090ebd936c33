import type { TrackSet } from '../live/index.ts';
import { concat } from '../protocol/bytes/index.ts';
import { fragmentOf, initSegmentOf } from './fragment-of.ts';
import { type HlsContainer, mediaPlaylistOf } from './hls-playlist.ts';
import type { Part, Segment } from './segment.ts';
import { SegmentWindow, type SegmentWindowOptions } from './segment-window.ts';
import { hasTsTrack, tsSegmentOf } from './ts-segment-of.ts';

export type HlsPackagerOptions = SegmentWindowOptions & { readonly lowLatency: boolean };

type Init = { readonly name: string; readonly bytes: Uint8Array };

/** One stream's playlists, parts and segments, each made once, when first asked for. */
export class HlsPackager {
  readonly window: SegmentWindow;
  readonly #lowLatency: boolean;
  readonly #inits = new WeakMap<TrackSet, Init>();
  readonly #parts = new WeakMap<Part, Uint8Array>();
  readonly #segments: Readonly<Record<HlsContainer, WeakMap<Segment, Uint8Array>>> = {
    fmp4: new WeakMap(),
    ts: new WeakMap(),
  };
  readonly #playlists = new Map<string, { readonly version: number; readonly text: Uint8Array }>();

  constructor(options: HlsPackagerOptions) {
    this.window = new SegmentWindow(options);
    this.#lowLatency = options.lowLatency;
  }

  /** UTF-8; the same object until the window changes. Undefined where the container can carry none of the tracks. */
  playlist(container: HlsContainer, isDelta: boolean): Uint8Array | undefined {
    if (container === 'ts' && !hasTsTrack(this.#tracks())) return undefined;
    const key = `${container}${isDelta}`;
    const known = this.#playlists.get(key);
    if (known && known.version === this.window.version) return known.text;
    const text = new TextEncoder().encode(
      mediaPlaylistOf(this.window, {
        container,
        isDelta,
        lowLatency: this.#lowLatency,
        initName: (tracks) => this.#initOf(tracks).name,
      }),
    );
    this.#playlists.set(key, { version: this.window.version, text });
    return text;
  }

  init(name: string): Uint8Array | undefined {
    for (const segment of this.window.segments) {
      const init = this.#initOf(segment.tracks);
      if (init.name === name) return init.bytes;
    }
    return undefined;
  }

  part(segmentNumber: number, index: number): Uint8Array | undefined {
    const segment = this.window.find(segmentNumber);
    const part = segment?.parts[index];
    return segment && part && this.#partBytes(segment, part);
  }

  /** A whole segment; undefined too where the container can carry none of its tracks. */
  segment(number: number, container: HlsContainer): Uint8Array | undefined {
    const segment = this.window.find(number);
    if (!segment?.isWhole) return undefined;
    const known = this.#segments[container].get(segment);
    if (known) return known;
    const bytes = container === 'ts' ? tsSegmentOf(segment) : this.#fmp4Segment(segment);
    if (bytes) this.#segments[container].set(segment, bytes);
    if (bytes && container === 'ts') this.window.addMade(segment, bytes.length);
    return bytes;
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

  #tracks(): TrackSet {
    return this.window.segments.at(-1)?.tracks ?? this.window.stream.tracks;
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

  #initOf(tracks: TrackSet): Init {
    const known = this.#inits.get(tracks);
    if (known) return known;
    const init = initSegmentOf(tracks);
    this.#inits.set(tracks, init);
    return init;
  }
}

function rateOf(sizeBytes: number, durationMs: number): number {
  return Math.ceil((sizeBytes * 8000) / Math.max(1, durationMs));
}
