import { type StreamUsage, UsageStreams } from './stream-usage.ts';
import type { UsageDoor, UsageKind, UsageRow, UsageStream } from './usage-row.ts';
import { collectRows } from './usage-rows.ts';

/** Bytes sent; whoever sends adds to it. */
export type SentBytes = { bytes: number };

/** Which of a stream's forms: the template of a rendition, or `source`. */
export type UsagePlace = UsageStream & { readonly template: string };

/** A viewer, from being let in to leaving. */
export interface CountedViewer {
  /** He plays another rendition now. */
  moved(template: string): void;
  left(): void;
}

export type UsageMeterOptions = {
  readonly nowMs: () => number;
  /** `name:value` for each tag of the stream, by the rules of now. */
  readonly tagsOf: (stream: UsageStream) => readonly string[];
  /** More streams than so many at once are counted without their names (50 000). */
  readonly maxStreams?: number;
};

export type Amount = { readonly bytes?: number; readonly seconds?: number; readonly count?: number };

/** What the node has delivered and done since the minute began. All that is done on the way of media is to add to a number. */
export class UsageMeter {
  readonly #nowMs: () => number;
  readonly #streams: UsageStreams;

  constructor(options: UsageMeterOptions) {
    this.#nowMs = options.nowMs;
    this.#streams = new UsageStreams(options);
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

  /** A viewer was let in. */
  joined({ template, ...stream }: UsagePlace, door: UsageDoor): CountedViewer {
    const usage = this.#of(stream);
    let leave = usage.enter(door, template, true, this.#nowMs());
    let now = template;
    return {
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
    kind: Exclude<UsageKind, 'egress' | 'requests'>,
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

  /** The next minute begins. Streams of which nothing was heard for a while are forgotten. */
  reset(): void {
    this.#streams.reset(this.#nowMs());
  }

  #of({ domain, app, stream }: UsageStream): StreamUsage {
    return this.#streams.of({ domain, app, stream }, this.#nowMs());
  }
}
