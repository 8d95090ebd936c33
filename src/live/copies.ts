import type { GopCacheLimits } from './gop-cache.ts';
import type { Packet } from './packet.ts';
import type { Stream } from './stream.ts';
import { type StreamId, streamKey } from './stream-id.ts';
import type { TrackSet } from './track.ts';

export type CopyOptions = {
  /** When the stream began, where it is published. */
  readonly startedWallMs: number;
  readonly cache: GopCacheLimits;
  /** Of a rendition: the copy of the stream that it is made of. */
  readonly parent?: Stream;
  /** Somebody publishes under the name here: the stream is ours from now on, and takes no more packets of the copy. */
  readonly onTaken?: () => void;
};

/** What feeds a copy. */
export interface Copy {
  readonly stream: Stream;
  /** It is as far as the stream is where it is published: from now on it is found, and whoever waits for it has it. */
  show(): void;
  setTracks(tracks: TrackSet): void;
  publish(packet: Packet): void;
  interrupt(): void;
  /** What came last is not all that there was of its segment, and the rest will not come. */
  cut(): void;
  resume(): void;
  /** All came that there is of the last segment. */
  whole(): void;
  /** The names that renditions of it have where it is published, live or not. */
  offer(names: readonly string[]): void;
  /** @param isOver the stream itself has ended, not only the copy of it */
  end(isOver: boolean): void;
}

export type CopiesOptions = {
  readonly newStream: (id: StreamId, options: CopyOptions) => Stream;
  readonly onCopied: (stream: Stream) => void;
  readonly onEnded: (stream: Stream, isOver: boolean) => void;
};

type Entry = {
  readonly stream: Stream;
  readonly options: CopyOptions;
  offered: ReadonlySet<string>;
  isShown: boolean;
};

/** Streams that are published elsewhere and whose packets are fetched: as they are there, with the same positions. */
export class Copies {
  readonly #options: CopiesOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: CopiesOptions) {
    this.#options = options;
  }

  find(id: StreamId): Stream | undefined {
    const entry = this.#entries.get(streamKey(id));
    return entry?.isShown ? entry.stream : undefined;
  }

  /** Also what is not shown yet. */
  has(id: StreamId): boolean {
    return this.#entries.has(streamKey(id));
  }

  *all(): Generator<Stream> {
    for (const { stream } of this.#entries.values()) yield stream;
  }

  *of(parent: Stream): Generator<Stream> {
    for (const { stream } of this.#entries.values()) if (stream.parent === parent) yield stream;
  }

  /** The copied stream that the name is a rendition of, copied itself or not. */
  parentOf({ domain, app, name }: StreamId): StreamId | undefined {
    for (let cut = name.lastIndexOf('_'); cut > 0; cut = name.lastIndexOf('_', cut - 1)) {
      const parent = { domain, app, name: name.slice(0, cut) };
      if (this.#entries.get(streamKey(parent))?.offered.has(name)) return parent;
    }
    return undefined;
  }

  add(id: StreamId, options: CopyOptions): Copy {
    const key = streamKey(id);
    const stream = this.#options.newStream(id, options);
    // Whoever packages it begins with all that was there before.
    stream.cache.hold();
    const entry: Entry = { stream, options, offered: new Set(), isShown: false };
    this.#entries.set(key, entry);
    const isOurs = () => this.#entries.get(key) === entry;
    if (options.parent?.state === 'waiting') stream.interrupt();
    return {
      stream,
      show: () => isOurs() && this.#show(entry),
      setTracks: (tracks) => isOurs() && stream.setTracks(tracks),
      publish: (packet) => isOurs() && stream.publishCopied(packet),
      interrupt: () => isOurs() && stream.interrupt(),
      cut: () => isOurs() && stream.cut(),
      resume: () => isOurs() && stream.resume(),
      whole: () => isOurs() && stream.whole(),
      offer: (names) => {
        entry.offered = new Set(names);
      },
      end: (isOver) => isOurs() && this.#end(key, entry, isOver),
    };
  }

  /** Takes a copy out of the copies and lets its stream go on; its renditions may be taken, too, or are to be ended. */
  take(id: StreamId): Stream | undefined {
    const key = streamKey(id);
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    entry.stream.cut();
    entry.options.onTaken?.();
    return entry.stream;
  }

  /** The copies of a stream's renditions that are left. */
  endRenditions(parent: Stream, isOver: boolean): void {
    for (const [key, entry] of [...this.#entries]) if (entry.stream.parent === parent) this.#end(key, entry, isOver);
  }

  close(): void {
    for (const [key, entry] of [...this.#entries]) this.#end(key, entry, false);
  }

  #show(entry: Entry): void {
    if (entry.isShown) return;
    entry.isShown = true;
    this.#options.onCopied(entry.stream);
  }

  #end(key: string, entry: Entry, isOver: boolean): void {
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    if (!isOver) entry.stream.cut();
    // Before its renditions, so that they know that they will not go on.
    entry.stream.end(!isOver);
    this.endRenditions(entry.stream, isOver);
    this.#options.onEnded(entry.stream, isOver);
  }
}
