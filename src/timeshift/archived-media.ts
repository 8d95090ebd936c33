import type { ArchivedSegment, ArchiveReader } from '../archive/index.ts';
import { type StreamId, streamKey } from '../live/index.ts';
import { type HlsContainer, SegmentEncryption, type SegmentEncryptionOptions } from '../packager/index.ts';
import { SegmentCache } from './segment-cache.ts';
import { SegmentMemory } from './segment-memory.ts';

export type ArchivedMediaOptions = {
  readonly archive: ArchiveReader;
  readonly wallMs: () => number;
  /** A segment as a transport stream; undefined where that can carry none of its tracks. */
  readonly tsOf: (segment: ArchivedSegment, bytes: Uint8Array) => Uint8Array | undefined;
  /** Memory for the segments that are served at the moment, of all streams. */
  readonly maxBytes: number;
};

/** Whose past, how far back it may be played, and how it is encrypted. */
export type ArchivedStream = {
  readonly id: StreamId;
  readonly days: number;
  readonly encryption: Omit<SegmentEncryptionOptions, 'stream'> | undefined;
};

/** Bytes for one answer; `release` when they are sent. */
export type LentSegment = { readonly bytes: Uint8Array; readonly release: () => void };

const DAY_MS = 86_400_000;
/** Players may be this long under way with a playlist that lists the oldest. */
const GRACE_MS = 3_600_000;
const KEY_NAME = /^(\d{1,12})\.key$/;
const MOST_INITS = 1024;
const SEARCH_AGAIN_MS = 10_000;
/** Whoever asks for the same segment so soon afterwards is not the last one. */
const ASKED_AGAIN_MS = 10_000;
const MOST_ASKED = 4096;
const FREE_BYTES = 32 * 1024 * 1024;

/** Segments, init segments and keys of what an archive holds, as live streams have them. */
export class ArchivedMedia {
  readonly #options: ArchivedMediaOptions;
  readonly #segments: SegmentCache;
  readonly #memory = new SegmentMemory(FREE_BYTES);
  /** Segments that were lent, and when. */
  readonly #lentMs = new Map<string, number>();
  readonly #inits = new Map<string, Uint8Array>();
  /** Searches for init segments, by stream: one at a time, and whole ones only now and then. */
  readonly #searches = new Map<string, { readonly startedMs: number; readonly done: Promise<void> }>();

  constructor(options: ArchivedMediaOptions) {
    this.#options = options;
    this.#segments = new SegmentCache(options.maxBytes);
  }

  /** What was asked for a moment ago. */
  peek(stream: ArchivedStream, number: number, container: HlsContainer): Uint8Array | undefined {
    return this.#segments.peek(segmentKey(stream, number, container));
  }

  async segment(stream: ArchivedStream, number: number, container: HlsContainer): Promise<Uint8Array | undefined> {
    const { archive, tsOf } = this.#options;
    return this.#segments.get(segmentKey(stream, number, container), async () => {
      const segment = await this.#find(stream, number);
      if (!segment) return undefined;
      const bytes = await archive.bytes(stream.id, segment);
      const clear = container === 'ts' ? tsOf(segment, bytes) : bytes;
      return clear && (this.encryptionOf(stream)?.encrypt(segment, [clear]) ?? clear);
    });
  }

  /**
   * A segment that is sent as it lies in the archive, for a viewer who is alone at his moment; undefined where `segment`
   * has it, or is to have it because others ask, too.
   */
  async lend(stream: ArchivedStream, number: number, container: HlsContainer): Promise<LentSegment | undefined> {
    const key = segmentKey(stream, number, container);
    if (container === 'ts' || stream.encryption || this.#segments.has(key) || this.#wasLent(key)) return undefined;
    const segment = await this.#find(stream, number);
    if (!segment) return undefined;
    let memory: Uint8Array | undefined;
    const bytes = await this.#options.archive.bytes(stream.id, segment, (sizeBytes) => {
      memory = this.#memory.take(sizeBytes);
      return memory;
    });
    return { bytes, release: () => memory && this.#memory.give(memory) };
  }

  async init(stream: ArchivedStream, name: string): Promise<Uint8Array | undefined> {
    const key = `${streamKey(stream.id)} ${name}`;
    const known = this.#inits.get(key);
    if (known) return known;
    await this.#search(stream, () => this.#inits.has(key));
    return this.#inits.get(key);
  }

  /** A key that one of the segments is encrypted with. */
  async key(stream: ArchivedStream, name: string): Promise<Uint8Array | undefined> {
    const [matched, second] = KEY_NAME.exec(name) ?? [];
    if (matched === undefined || !stream.encryption) return undefined;
    const startMs = Number(second) * 1000;
    const endMs = startMs + stream.encryption.rotateSeconds * 1000;
    if (endMs < this.#oldestMs(stream)) return undefined;
    return this.encryptionOf(stream)?.key(name, await this.#options.archive.between(stream.id, startMs, endMs));
  }

  encryptionOf({ id, encryption }: ArchivedStream): SegmentEncryption | undefined {
    return encryption && new SegmentEncryption({ ...encryption, stream: id });
  }

  /** Remembers the init segments that a playlist names. */
  remember(id: StreamId, segments: readonly ArchivedSegment[]): void {
    for (const { initName, init } of new Set(segments.map(({ slice }) => slice))) {
      this.#inits.set(`${streamKey(id)} ${initName}`, init);
    }
    while (this.#inits.size > MOST_INITS) this.#inits.delete(this.#inits.keys().next().value ?? '');
  }

  async #find(stream: ArchivedStream, number: number): Promise<ArchivedSegment | undefined> {
    const segment = await this.#options.archive.find(stream.id, number);
    return segment && segment.wallMs >= this.#oldestMs(stream) ? segment : undefined;
  }

  /** Lent a moment ago; from now on it was. */
  #wasLent(key: string): boolean {
    const nowMs = this.#options.wallMs();
    const wasLent = nowMs - (this.#lentMs.get(key) ?? Number.NEGATIVE_INFINITY) < ASKED_AGAIN_MS;
    this.#lentMs.delete(key);
    this.#lentMs.set(key, nowMs);
    if (this.#lentMs.size > MOST_ASKED) this.#lentMs.delete(this.#lentMs.keys().next().value ?? '');
    return wasLent;
  }

  #oldestMs({ days }: ArchivedStream): number {
    return this.#options.wallMs() - days * DAY_MS - GRACE_MS;
  }

  /** Players ask for what a playlist named, so that it is known but after a restart. */
  #search(stream: ArchivedStream, isFound: () => boolean): Promise<void> {
    const key = streamKey(stream.id);
    const nowMs = this.#options.wallMs();
    const last = this.#searches.get(key);
    if (last && nowMs - last.startedMs < SEARCH_AGAIN_MS) return last.done;
    const done = this.#searchDays(stream, nowMs, isFound);
    this.#searches.delete(key);
    this.#searches.set(key, { startedMs: nowMs, done });
    if (this.#searches.size > MOST_INITS) this.#searches.delete(this.#searches.keys().next().value ?? '');
    return done;
  }

  async #searchDays(stream: ArchivedStream, nowMs: number, isFound: () => boolean): Promise<void> {
    const oldestMs = this.#oldestMs(stream);
    for (let endMs = nowMs; endMs > oldestMs && !isFound(); endMs -= DAY_MS) {
      for await (const page of this.#options.archive.pages(stream.id, endMs - DAY_MS, endMs)) {
        this.remember(stream.id, page);
      }
    }
  }
}

function segmentKey({ id, encryption }: ArchivedStream, number: number, container: HlsContainer): string {
  return `${streamKey(id)} ${number} ${container} ${encryption?.rotateSeconds ?? ''}`;
}
