import type { Publication, Registry, RegistryListener, Stream, StreamId } from '../live/index.ts';
import { streamKey } from '../live/index.ts';
import type { HlsPackager, Segment } from '../packager/index.ts';

/** A segment that is being filled, as the archive wants it. */
type SegmentToKeep = Pick<
  Segment,
  'number' | 'wallMs' | 'startDtsMs' | 'isDiscontinuity' | 'discontinuities' | 'tracks'
> & { readonly init: { readonly name: string; readonly bytes: Uint8Array } };

/** What takes one stream's parts. */
export interface PartWriter {
  part(segment: SegmentToKeep, bytes: Uint8Array): void;
  whole(number: number, durationMs: number): void;
}

export type ArchiverOptions = {
  readonly registry: Pick<Registry, 'listen'>;
  /** Whether the rules let the stream be kept. */
  readonly isKept: (id: StreamId) => boolean;
  readonly packagerOf: (id: StreamId) => HlsPackager | undefined;
  readonly openWriter: (id: StreamId) => { readonly writer: PartWriter; readonly close: () => Promise<void> };
};

/** Brings what the packagers make into the archive, part by part. */
export class Archiver implements RegistryListener {
  readonly #options: ArchiverOptions;
  readonly #takers = new Map<string, Taker>();
  readonly #closing = new Set<Promise<void>>();
  readonly #stopListening: () => void;

  constructor(options: ArchiverOptions) {
    this.#options = options;
    this.#stopListening = options.registry.listen(this);
  }

  published({ stream }: Publication): void {
    this.#begin(stream);
  }

  renditionLive(stream: Stream): void {
    this.#begin(stream);
  }

  ended(stream: Stream): void {
    this.#end(stream);
  }

  renditionEnded(stream: Stream): void {
    this.#end(stream);
  }

  /** Resolves when all that was taken is on its disk. */
  async close(): Promise<void> {
    this.#stopListening();
    for (const taker of this.#takers.values()) this.#close(taker);
    this.#takers.clear();
    await Promise.all(this.#closing);
  }

  #begin(stream: Stream): void {
    const { isKept, packagerOf, openWriter } = this.#options;
    if (!isKept(stream.id)) return;
    const packager = packagerOf(stream.id);
    const known = this.#takers.get(streamKey(stream.id));
    if (!packager || known?.packager === packager) return;
    if (known) this.#close(known);
    this.#takers.set(streamKey(stream.id), new Taker(packager, openWriter(stream.id)));
  }

  #end({ id }: Stream): void {
    const taker = this.#takers.get(streamKey(id));
    if (!taker) return;
    this.#takers.delete(streamKey(id));
    this.#close(taker);
  }

  #close(taker: Taker): void {
    const closing: Promise<void> = taker.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

/** Follows one packager's window and hands on each part once. */
class Taker {
  readonly packager: HlsPackager;
  readonly #output: ReturnType<ArchiverOptions['openWriter']>;
  readonly #stopFollowing: () => void;
  /** The segment that is being taken, and how many of its parts were. */
  #number: number | undefined;
  #parts = 0;
  #current: SegmentToKeep | undefined;

  constructor(packager: HlsPackager, output: ReturnType<ArchiverOptions['openWriter']>) {
    this.packager = packager;
    this.#output = output;
    this.#stopFollowing = packager.window.onAdvance(() => this.#take());
    this.#take();
  }

  close(): Promise<void> {
    this.#stopFollowing();
    return this.#output.close();
  }

  #take(): void {
    const { window } = this.packager;
    const newest = window.segments.at(-1)?.number ?? -1;
    const oldest = window.segments[0]?.number ?? 0;
    this.#number = Math.max(this.#number ?? oldest, oldest);
    for (; this.#number <= newest; this.#number++) {
      const segment = window.find(this.#number);
      if (!segment) continue;
      this.#takeParts(segment);
      if (!segment.isWhole) return;
      this.#output.writer.whole(segment.number, segment.durationMs);
    }
  }

  #takeParts(segment: Segment): void {
    if (this.#current?.number !== segment.number) {
      const { number, wallMs, startDtsMs, isDiscontinuity, discontinuities, tracks } = segment;
      const init = this.packager.initOf(tracks);
      this.#current = { number, wallMs, startDtsMs, isDiscontinuity, discontinuities, tracks, init };
      this.#parts = 0;
    }
    for (const part of segment.parts.slice(this.#parts)) {
      this.#output.writer.part(this.#current, this.packager.clearPart(segment, part));
    }
    this.#parts = segment.parts.length;
  }
}
