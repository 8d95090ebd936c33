import { type SegmentMark, SegmentMarks } from './segment-marks.ts';
import type { Stream } from './stream.ts';
import { type StreamId, streamKey } from './stream-id.ts';

/** Something that can make a rendition of a stream, and may be asked to. */
export type RenditionOffer = {
  /** What is added to the parent's name, after an underscore. */
  readonly suffix: string;
  /** Somebody asks for it and it isn't live; says whether it may come soon. */
  readonly onWanted: () => boolean;
  /** Which limit keeps it from coming although it is wanted, for its viewers. */
  readonly heldBackBy?: () => string | undefined;
};

/** A name that belongs to a rendition for as long as its parent lasts, or until it is withdrawn. */
export interface Rendition {
  readonly id: StreamId;
  readonly parent: Stream;
  /** Undefined while it isn't live. From the beginning on, it is the copy of it that was here before its parent was. */
  readonly stream: Stream | undefined;
  /** The segment of the parent that a picture belongs to. */
  markAt(ptsMs: number): SegmentMark | undefined;
  /** Makes it live; undefined once its name is given back, or its parent has ended. */
  open(): Stream | undefined;
  /** Ends its stream; the name stays claimed. */
  stop(): void;
  /** Ends its stream and gives the name back. */
  withdraw(): void;
}

export type RenditionsOptions = {
  /** Takes the copy of a rendition that was made elsewhere, so that it goes on here. */
  readonly takeCopy: (id: StreamId, parent: Stream, marks: SegmentMarks) => Stream | undefined;
  readonly newStream: (id: StreamId, parent: Stream, marks: SegmentMarks) => Stream;
  readonly onLive: (stream: Stream) => void;
  readonly onEnded: (stream: Stream) => void;
};

type Entry = {
  readonly offer: RenditionOffer;
  readonly id: StreamId;
  readonly parent: Stream;
  stream: Stream | undefined;
};

/** The children of streams: `live/demo_lsd` of `live/demo`. They wait and end with their parents. */
export class Renditions {
  readonly #options: RenditionsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #marks = new WeakMap<Stream, SegmentMarks>();

  constructor(options: RenditionsOptions) {
    this.#options = options;
  }

  find(id: StreamId): Stream | undefined {
    return this.#entries.get(streamKey(id))?.stream;
  }

  /** The stream that the name is a rendition of, live or not. */
  parentOf(id: StreamId): Stream | undefined {
    return this.#entries.get(streamKey(id))?.parent;
  }

  *of(parent: Stream): Generator<Stream> {
    for (const entry of this.#entries.values()) if (entry.parent === parent && entry.stream) yield entry.stream;
  }

  /** Says that somebody wants it; false where the name is no rendition, or one that does not come. */
  want(id: StreamId): boolean {
    return this.#entries.get(streamKey(id))?.offer.onWanted() === true;
  }

  /** Which limit keeps it from coming although it is wanted. */
  heldBackBy(id: StreamId): string | undefined {
    return this.#entries.get(streamKey(id))?.offer.heldBackBy?.();
  }

  add(parent: Stream, offer: RenditionOffer): Rendition {
    const id = { ...parent.id, name: `${parent.id.name}_${offer.suffix}` };
    const entry: Entry = { offer, id, parent, stream: undefined };
    const key = streamKey(id);
    this.#entries.set(key, entry);
    const marks = this.#marksOf(parent);
    const copied = this.#options.takeCopy(id, parent, marks);
    if (copied) this.#goLive(entry, copied);
    return {
      id,
      parent,
      get stream() {
        return entry.stream;
      },
      markAt: (ptsMs) => marks.at(ptsMs),
      open: () => entry.stream ?? (this.#entries.get(key) === entry ? this.#open(entry) : undefined),
      stop: () => this.#stop(entry),
      withdraw: () => {
        this.#stop(entry);
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    };
  }

  interrupt(parent: Stream): void {
    for (const stream of this.of(parent)) stream.interrupt();
  }

  resume(parent: Stream): void {
    for (const stream of this.of(parent)) stream.resume();
  }

  end(parent: Stream): void {
    for (const [key, entry] of [...this.#entries]) {
      if (entry.parent !== parent) continue;
      this.#entries.delete(key);
      this.#stop(entry);
    }
  }

  /** From the first rendition on, the parent's cuts are remembered. */
  #marksOf(parent: Stream): SegmentMarks {
    const known = this.#marks.get(parent);
    if (known) return known;
    const marks = new SegmentMarks();
    for (const packet of parent.cache.packets) marks.packet(packet);
    parent.read(marks);
    this.#marks.set(parent, marks);
    return marks;
  }

  #open(entry: Entry): Stream {
    const stream = this.#options.newStream(entry.id, entry.parent, this.#marksOf(entry.parent));
    this.#goLive(entry, stream);
    return stream;
  }

  #goLive(entry: Entry, stream: Stream): void {
    if (entry.parent.state === 'waiting') stream.interrupt();
    else stream.resume();
    entry.stream = stream;
    this.#options.onLive(stream);
  }

  #stop(entry: Entry): void {
    const { stream } = entry;
    if (!stream) return;
    entry.stream = undefined;
    stream.end();
    this.#options.onEnded(stream);
  }
}
