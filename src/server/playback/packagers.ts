import { type Clock, type Packet, type Registry, type Stream, type StreamId, streamKey } from '../../live/index.ts';
import { HlsPackager, type HlsPackagerOptions } from '../../packager/index.ts';
import type { StreamSettings } from '../../rules/index.ts';
import type { Packaging } from './worker-grant.ts';

export type PackagersOptions = {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly settingsOf: (id: StreamId) => StreamSettings['hls'];
  /** Whether a stream is packaged from its start on, not from its first viewer. */
  readonly isAlways: (id: StreamId) => boolean;
  /** How segments are encrypted; undefined where the rules let them go as they are. */
  readonly encryptionOf: (id: StreamId) => HlsPackagerOptions['encryption'];
  /** What a stream's playlists list before the segments in memory. */
  readonly earlierOf?: (id: StreamId) => HlsPackagerOptions['earlier'];
  /** The longest segment and part of a stream so far, where others package it too. */
  readonly longestOf?: (id: StreamId) => HlsPackagerOptions['longest'];
  /** Memory for one stream's segments. */
  readonly maxBytes: number;
};

type Entry = {
  readonly packager: HlsPackager;
  readonly packaging: Omit<Packaging, 'longest'>;
  lastUsedMs: number;
  /** When it was last said to go on without viewers. */
  keptMs: number;
  /** Not only opened ahead of its first viewer. */
  isUsed: boolean;
  dropAtMs: number | undefined;
};

/** Nobody asked for this long: packaging stops until somebody does. */
const UNUSED_MS = 60_000;
const SWEEP_MS = 5000;
/** Longer than any player leaves between two requests of a stream that it plays. */
const IN_USE_MS = 12_000;

/** The HLS packagers that run: from a stream's first HLS viewer on, or from its start where the rule says so. */
export class Packagers {
  readonly #options: PackagersOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #stopListening: () => void;
  #cancelSweep: () => void = () => {};
  #droppedOfGone = 0;

  constructor(options: PackagersOptions) {
    this.#options = options;
    this.#stopListening = options.registry.listen({
      published: ({ stream }) => this.#live(stream),
      ended: (stream) => this.#ended(stream),
      renditionLive: (stream) => this.#live(stream),
      renditionEnded: (stream) => this.#ended(stream),
      copied: (stream) => this.#replaceEnded(stream),
      copyEnded: (stream) => this.#ended(stream),
    });
    this.#sweepLater();
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Memory held by the segments of all streams. */
  get keptBytes(): number {
    return [...this.#entries.values()].reduce((sum, { packager }) => sum + packager.window.keptBytes, 0);
  }

  /** Segments that went before their time because a stream's were too heavy, since the start. */
  get droppedSegments(): number {
    const ofOpen = [...this.#entries.values()].map(({ packager }) => packager.window.droppedSegments);
    return ofOpen.reduce((sum, count) => sum + count, this.#droppedOfGone);
  }

  /** The packager of a stream that is live, or that ended not long ago. */
  find(id: StreamId): HlsPackager | undefined {
    const entry = this.#entries.get(streamKey(id)) ?? this.#openLive(id);
    if (!entry) return undefined;
    entry.lastUsedMs = this.#options.clock.nowMs();
    entry.isUsed = true;
    return entry.packager;
  }

  /** As `find`, but opens none and doesn't count as a use. */
  peek(id: StreamId): HlsPackager | undefined {
    return this.#entries.get(streamKey(id))?.packager;
  }

  /** Packages a live stream for viewers who are to come; to be said again within a minute. */
  keep(id: StreamId): void {
    const entry = this.#entries.get(streamKey(id)) ?? this.#openLive(id);
    if (entry) entry.keptMs = this.#options.clock.nowMs();
  }

  /** What playlists list of a stream before a segment; nothing where nobody packages it. */
  listedBefore(stream: Stream, segment: number): readonly Packet[] {
    const window = this.#entries.get(streamKey(stream.id))?.packager.window;
    return window?.stream === stream ? window.listedBefore(segment) : [];
  }

  /** How a live stream is packaged, for those who are to do the same; undefined where it is not. */
  packagingOf(id: StreamId): Packaging | undefined {
    const entry = this.#entries.get(streamKey(id));
    if (!entry || entry.dropAtMs !== undefined) return undefined;
    return { ...entry.packaging, longest: entry.packager.window.longest };
  }

  /** Whether somebody asked for it within the last seconds. */
  isInUse(id: StreamId): boolean {
    const entry = this.#entries.get(streamKey(id));
    return entry?.isUsed === true && this.#options.clock.nowMs() - entry.lastUsedMs < IN_USE_MS;
  }

  close(): void {
    this.#cancelSweep();
    this.#stopListening();
    for (const entry of this.#entries.values()) entry.packager.close();
    this.#entries.clear();
  }

  #openLive(id: StreamId): Entry | undefined {
    const stream = this.#options.registry.find(id);
    return stream && this.#open(stream);
  }

  #open(stream: Stream): Entry {
    const settings = this.#options.settingsOf(stream.id);
    const encryption = this.#options.encryptionOf(stream.id);
    const earlier = this.#options.earlierOf?.(stream.id);
    const packager = new HlsPackager({
      stream,
      windowSegments: settings.windowSegments,
      segmentMs: settings.segmentSeconds * 1000,
      partMs: settings.partMs,
      lowLatency: settings.lowLatency,
      longest: this.#options.longestOf?.(stream.id),
      ...{ encryption, earlier },
      maxBytes: this.#options.maxBytes,
    });
    const packaging = {
      settings,
      rotateSeconds: encryption?.rotateSeconds,
      listsEarlier: earlier !== undefined,
    };
    const lastUsedMs = this.#options.clock.nowMs();
    const entry: Entry = { packager, packaging, lastUsedMs, keptMs: 0, isUsed: false, dropAtMs: undefined };
    this.#entries.set(streamKey(stream.id), entry);
    return entry;
  }

  /** A stream that its publisher came back to goes on in the packager that it has. */
  #live(stream: Stream): void {
    this.#replaceEnded(stream);
    if (!this.#entries.has(streamKey(stream.id)) && this.#options.isAlways(stream.id)) this.#open(stream);
  }

  #replaceEnded(stream: Stream): void {
    const key = streamKey(stream.id);
    const entry = this.#entries.get(key);
    if (entry && entry.packager.window.stream !== stream) this.#drop(key, entry);
  }

  #ended(stream: Stream): void {
    const entry = this.#entries.get(streamKey(stream.id));
    if (entry?.packager.window.stream !== stream) return;
    if (!entry.packager.window.isEnded) {
      this.#drop(streamKey(stream.id), entry);
      return;
    }
    entry.dropAtMs = this.#options.clock.nowMs() + this.#options.settingsOf(stream.id).endedSeconds * 1000;
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(SWEEP_MS, () => {
      const nowMs = this.#options.clock.nowMs();
      for (const [key, entry] of this.#entries) if (this.#isDone(entry, nowMs)) this.#drop(key, entry);
      this.#sweepLater();
    });
  }

  #isDone(entry: Entry, nowMs: number): boolean {
    if (entry.dropAtMs !== undefined) return nowMs >= entry.dropAtMs;
    return (
      nowMs - Math.max(entry.lastUsedMs, entry.keptMs) > UNUSED_MS &&
      !this.#options.isAlways(entry.packager.window.stream.id)
    );
  }

  #drop(key: string, entry: Entry): void {
    this.#droppedOfGone += entry.packager.window.droppedSegments;
    entry.packager.close();
    this.#entries.delete(key);
  }
}
