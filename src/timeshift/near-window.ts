import type { ArchivedSegment, ArchiveReader } from '../archive/index.ts';
import type { Clock, StreamId } from '../live/index.ts';
import type { EarlierSegment, EarlierSegments } from '../packager/index.ts';

export type NearWindowOptions = {
  readonly archive: ArchiveReader;
  readonly id: StreamId;
  readonly nearMs: number;
  readonly clock: Pick<Clock, 'after'>;
  readonly onError: (error: unknown) => void;
  readonly onListed: (segments: readonly ArchivedSegment[]) => void;
};

/** Read at once, of what was added since. */
const MOST_ADDED = 256;
const LONGEST_WAIT_MS = 1000;

/** What the live playlist lists of the archive, before the segments in memory. It follows the archive by itself. */
export class NearWindow implements EarlierSegments {
  readonly #options: NearWindowOptions;
  #segments: readonly EarlierSegment[] = [];
  #isLoaded = false;
  #reading: Promise<void> | undefined;

  constructor(options: NearWindowOptions) {
    this.#options = options;
  }

  /** Before the first read, playlists would begin later than they do after it. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Those before a number, as far as they are known by now; what is missing is read for the next time. */
  before(number: number): readonly EarlierSegment[] {
    if ((this.#segments.at(-1)?.number ?? 0) < number - 1) void this.read(number);
    const firstAfter = this.#segments.findLastIndex((segment) => segment.number < number) + 1;
    return firstAfter === this.#segments.length ? this.#segments : this.#segments.slice(0, firstAfter);
  }

  /** Reads what the archive has before a number, but for what is known. A disk that hangs holds nobody up for long. */
  async read(number: number): Promise<void> {
    this.#reading ??= this.#fill(number)
      .catch((error) => this.#options.onError(error))
      .finally(() => {
        this.#reading = undefined;
      });
    let cancel = () => {};
    const isLate = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(LONGEST_WAIT_MS, resolve);
    });
    await Promise.race([this.#reading, isLate]);
    cancel();
    this.#isLoaded = true;
  }

  async #fill(number: number): Promise<void> {
    const { archive, id, nearMs, onListed } = this.#options;
    const last = this.#segments.at(-1);
    const added = last ? await archive.from(id, last.number + 1, MOST_ADDED) : [];
    // Where nothing follows although the archive goes on before the number, it has a hole: the list begins anew there.
    const anew = added.length > 0 ? [] : await archive.before(id, number, nearMs);
    if (added.length + anew.length === 0) return;
    onListed([...added, ...anew]);
    const kept = added.length > 0 ? this.#segments : [];
    this.#segments = lastBefore(number, [...kept, ...[...added, ...anew].map(earlierOf)], nearMs);
  }
}

function earlierOf({
  number,
  wallMs,
  durationMs,
  isDiscontinuity,
  discontinuities,
  slice,
}: ArchivedSegment): EarlierSegment {
  return { number, wallMs, durationMs, isDiscontinuity, discontinuities, initName: slice.initName };
}

/** Without those from before a time that ends with a number. */
function lastBefore(number: number, segments: readonly EarlierSegment[], nearMs: number): readonly EarlierSegment[] {
  let keptMs = 0;
  const tooOld = segments.findLastIndex((segment) => {
    if (segment.number < number) keptMs += segment.durationMs;
    return keptMs > nearMs;
  });
  return segments.slice(tooOld + 1);
}
