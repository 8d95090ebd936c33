import { type StreamUsage, UsageStreams } from './stream-usage.ts';
import { UniqueViewers } from './unique-viewers.ts';
import type { SketchRow, UsageDoor, UsageKind, UsageRow, UsageStream } from './usage-row.ts';
import { collectRows } from './usage-rows.ts';
import { viewerHash } from './viewer-sketch.ts';

/** Bytes sent; whoever sends adds to it. */
export type SentBytes = { bytes: number };

/** Which of a stream's forms: the template of a rendition, or `source`. */
export type UsagePlace = UsageStream & { readonly template: string };

/** A viewer, from being let in to leaving. */
export interface CountedViewer {
  /** He plays another rendition now. */
  moved(template: string): void;
  /** He is still there; to be said once in each hour. */
  stays(): void;
  left(): void;
}

export type UsageMeterOptions = {
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  /** `name:value` for each tag of the stream, by the rules of now. */
  readonly tagsOf: (stream: UsageStream) => readonly string[];
  /** More streams than so many at once are counted without their names (50 000). */
  readonly maxStreams?: number;
};

export type DoneKind = Exclude<UsageKind, 'egress' | 'requests'>;

export type Amount = { readonly bytes?: number; readonly seconds?: number; readonly count?: number };

/** What the node has delivered and done since the minute began. All that is done on the way of media is to add to a number. */
export class UsageMeter {
  readonly #nowMs: () => number;
  readonly #streams: UsageStreams;
  readonly #uniques: UniqueViewers;

  constructor(options: UsageMeterOptions) {
    this.#nowMs = options.nowMs;
    this.#streams = new UsageStreams(options);
    this.#uniques = new UniqueViewers(options.wallMs);
  }

  /** What counts the bytes to viewers of one rendition by one door; to be asked for again for each viewer or answer. */
  sent(place: UsagePlace, door: UsageDoor, isSecure: boolean): SentBytes {
    const leaf = this.#of(place).leaf(door, place.template);
    return isSecure ? leaf.secure : leaf.plain;
  }

  /** An answer of HTTP with this status. */
  answered(stream: UsageStream, door: UsageDoor, status: number): void {
    this.#of(stream).count('requests', door, '', String(status)).count++;
  }

  /** A viewer was let in; `who` tells him from others. */
  joined({ template, ...stream }: UsagePlace, door: UsageDoor, who: string): CountedViewer {
    const usage = this.#of(stream);
    const hash = viewerHash(who);
    const stays = () => this.#uniques.seen(this.#of(stream).scopes, hash);
    stays();
    let leave = usage.enter(door, template, true, this.#nowMs());
    let now = template;
    return {
      stays,
      moved: (next) => {
        if (next === now) return;
        leave(this.#nowMs());
        leave = usage.enter(door, next, false, this.#nowMs());
        now = next;
      },
      left: () => {
        leave(this.#nowMs());
        leave = () => {};
      },
    };
  }

  /** Something was done that is no delivery. */
  did(
    stream: UsageStream,
    kind: DoneKind,
    { bytes = 0, seconds = 0, count = 0 }: Amount,
    { template = '', detail = '' }: { readonly template?: string; readonly detail?: string } = {},
  ): void {
    const counted = this.#of(stream).count(kind, '', template, detail);
    counted.bytes += bytes;
    counted.seconds += seconds;
    counted.count += count;
  }

  /** All since the last `reset`; the counting goes on. */
  rows(): UsageRow[] {
    return collectRows(this.#streams, this.#nowMs());
  }

  /** Who watched, as far as that changed since it was last taken. */
  takeSketches(): SketchRow[] {
    return this.#uniques.take();
  }

  /** The next minute begins. Streams of which nothing was heard for a while are forgotten. */
  reset(): void {
    this.#streams.reset(this.#nowMs());
  }

  #of({ domain, app, stream }: UsageStream): StreamUsage {
    return this.#streams.of({ domain, app, stream }, this.#nowMs());
  }
}
