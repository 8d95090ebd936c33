import { join } from 'node:path';
import type { TrackSet } from '../live/index.ts';
import { ArchiveError } from './archive-error.ts';
import type { Day } from './day.ts';
import { dayOf, sliceFile } from './layout.ts';
import { encodeSegmentHead, encodeSliceContents, encodeSliceHead, type SegmentHead } from './slice-boxes.ts';
import { SliceFile } from './slice-file.ts';
import type { StreamArchive } from './stream-archive.ts';
import type { Turns } from './turns.ts';

/** A segment that is being filled, as its packager has it. */
export type SegmentToKeep = SegmentHead & {
  readonly tracks: TrackSet;
  readonly init: { readonly name: string; readonly bytes: Uint8Array };
};

/** A segment that can be read from now on. */
export type KeptSegment = Pick<SegmentHead, 'number' | 'wallMs' | 'isDiscontinuity'> & {
  readonly durationMs: number;
  readonly sizeBytes: number;
};

export type StreamWriterOptions = {
  readonly stream: StreamArchive;
  /** The writer before it: nothing is written until all is that it was given. */
  readonly after?: StreamWriter | undefined;
  /** How many writers may be at the disk at once. */
  readonly turns: Turns;
  /** What must stay free on the disk. */
  readonly reserveBytes: number;
  readonly nowMs: () => number;
  /** What waits for a slow disk; past it segments are given up. */
  readonly maxWaitingBytes?: number;
  /** Told when writing begins to fail, and with undefined when it works again. */
  readonly onTrouble: (error: unknown) => void;
  /** Segments that could not be kept. */
  readonly onLost: (segments: number) => void;
  /** A segment is whole and can be read. */
  readonly onKept?: (segment: KeptSegment) => void;
};

type Step =
  | { readonly kind: 'part'; readonly segment: SegmentToKeep; readonly bytes: Uint8Array }
  | { readonly kind: 'whole'; readonly number: number; readonly durationMs: number }
  /** A part of it did not find room. */
  | { readonly kind: 'lost'; readonly number: number };

type OpenSlice = {
  readonly file: SliceFile;
  readonly day: Day;
  readonly release: (isStale?: boolean) => void;
  readonly first: number;
  readonly tracks: TrackSet;
  readonly startDtsMs: number;
};

type OpenSegment = { readonly segment: SegmentToKeep; readonly headAt: number; readonly offset: number };

/** A slice ends with the first segment that begins after this. */
const SLICE_MS = 60_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 30_000;
/** A disk that takes longer for what is handed in at once hangs. */
const STALLED_MS = 10_000;
const FASTER = 'Give the archive a faster disk, or record fewer streams on it.';

/**
 * Writes one stream's parts into slices, in the order in which they come and behind the back of whoever hands them in.
 *
 *     slice 4711.mp4: init | head 4711, part, part, ... | head 4712, part, ... |      a line in the index when a
 *     index:                                           ^ 4711                         segment is whole
 *
 * A disk that fails or is slow costs segments, whole ones, and nothing else: what is written half is cut off.
 */
export class StreamWriter {
  readonly #options: StreamWriterOptions;
  #steps: Step[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  /** Since when the disk has had something to take, in one go. */
  #busySinceMs: number | undefined;
  #slice: OpenSlice | undefined;
  #segment: OpenSegment | undefined;
  #pieces: Uint8Array[] = [];
  /** Parts of this segment are not taken: its beginning was lost. */
  #givenUp: number | undefined;
  #failures = 0;
  #retryAtMs = 0;
  #isTroubled = false;
  /** What was taken did not get to the disk: from now on each segment must before it is whole. */
  #isInDoubt = false;
  #isClosed = false;
  /** The segment of which parts find no room. */
  #overfull: number | undefined;
  #resolveClosed: () => void = () => undefined;
  /** Resolves when all it was given is on the disk, or lost. */
  readonly closed = new Promise<void>((resolve) => {
    this.#resolveClosed = resolve;
  });

  constructor(options: StreamWriterOptions) {
    this.#options = options;
  }

  /** The next part of a segment. Returns at once; the bytes must not change any more. */
  part(segment: SegmentToKeep, bytes: Uint8Array): void {
    if (this.#isClosed || this.#overfull === segment.number) return;
    this.#overfull = undefined;
    if (this.#waitingBytes > this.#maxWaitingBytes) {
      this.#overfull = segment.number;
      this.#steps.push({ kind: 'lost', number: segment.number });
      this.#trouble(new ArchiveError('DISK_SLOW', 'the disk takes less than comes in', FASTER));
      return;
    }
    const stalledMs = this.#options.nowMs() - (this.#busySinceMs ?? this.#options.nowMs());
    if (stalledMs > STALLED_MS) {
      this.#trouble(new ArchiveError('DISK_SLOW', 'the disk has taken nothing for a while', FASTER));
    }
    this.#waitingBytes += bytes.length;
    this.#steps.push({ kind: 'part', segment, bytes });
    this.#run();
  }

  /** All parts of the segment were handed in. */
  whole(number: number, durationMs: number): void {
    if (this.#isClosed || this.#overfull === number) return;
    this.#steps.push({ kind: 'whole', number, durationMs });
    this.#run();
  }

  /** Writes what waits and ends the slice; of a segment that is not whole, what there is. */
  async close(): Promise<void> {
    if (this.#isClosed) return this.closed;
    this.#isClosed = true;
    await this.#options.after?.closed;
    while (this.#running) await this.#running;
    await this.#options.turns.take(() => this.#endSlice()).catch((error) => this.#trouble(error));
    this.#resolveClosed();
  }

  get #maxWaitingBytes(): number {
    return this.#options.maxWaitingBytes ?? MAX_WAITING_BYTES;
  }

  #trouble(error: unknown): void {
    this.#isTroubled = true;
    this.#options.onTrouble(error);
  }

  #run(): void {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
      if (this.#steps.length > 0) this.#run();
    });
  }

  async #work(): Promise<void> {
    await this.#options.after?.closed;
    while (this.#steps.length > 0) {
      this.#busySinceMs = this.#options.nowMs();
      await this.#options.turns.take(() => this.#takeAll());
    }
    this.#busySinceMs = undefined;
  }

  async #takeAll(): Promise<void> {
    const steps = this.#steps;
    this.#steps = [];
    for (const step of steps) {
      if (step.kind === 'part') this.#waitingBytes -= step.bytes.length;
      await this.#take(step).catch((error) => this.#fail(error));
    }
    await this.#flush().catch((error) => this.#fail(error));
  }

  async #take(step: Step): Promise<void> {
    if (step.kind === 'part') return this.#takePart(step.segment, step.bytes);
    const open = this.#segment?.segment.number === step.number ? this.#segment : undefined;
    if (step.kind === 'whole') return open && this.#finish(open, step.durationMs);
    this.#givenUp = step.number;
    this.#options.onLost(1);
    if (open) await this.#cut(open);
  }

  async #takePart(segment: SegmentToKeep, bytes: Uint8Array): Promise<void> {
    if (this.#givenUp === segment.number) return;
    if (this.#segment?.segment.number !== segment.number) await this.#begin(segment);
    if (this.#segment) this.#pieces.push(bytes);
  }

  async #begin(segment: SegmentToKeep): Promise<void> {
    // Where it fails, this segment is given up, not begun again with its next part.
    this.#givenUp = segment.number;
    if (this.#segment) {
      this.#options.onLost(1);
      await this.#cut(this.#segment);
    }
    if (this.#options.nowMs() < this.#retryAtMs) {
      this.#options.onLost(1);
      return;
    }
    const slice = this.#goesOn(segment) ?? (await this.#beginSlice(segment));
    this.#givenUp = undefined;
    const head = encodeSegmentHead(segment);
    const headAt = slice.file.length;
    this.#segment = { segment, headAt, offset: headAt + head.length };
    this.#pieces = [head];
  }

  /** The open slice, if the segment belongs into it. */
  #goesOn(segment: SegmentToKeep): OpenSlice | undefined {
    const slice = this.#slice;
    if (!slice || segment.isDiscontinuity || segment.tracks !== slice.tracks) return undefined;
    if (segment.startDtsMs - slice.startDtsMs >= SLICE_MS || dayOf(segment.wallMs) !== slice.day.name) return undefined;
    return slice;
  }

  async #beginSlice(segment: SegmentToKeep): Promise<OpenSlice> {
    await this.#endSlice().catch((error) => this.#trouble(error));
    const { stream, reserveBytes } = this.#options;
    const { number: first, tracks, init, startDtsMs } = segment;
    if (first <= (await stream.lastNumber())) throw taken(first);
    const { day, release } = await stream.openDay(dayOf(segment.wallMs));
    let file: SliceFile | undefined;
    try {
      file = await SliceFile.create(join(stream.folder, day.name, sliceFile(first)), reserveBytes);
      await file.append([init.bytes, encodeSliceHead({ id: stream.id, tracks, initName: init.name })]);
      await day.beginSlice(first, init.name, { bytes: init.bytes, tracks });
      this.#slice = { file, day, release, first, tracks, startDtsMs };
      return this.#slice;
    } catch (error) {
      await file?.discard().catch(() => undefined);
      release();
      throw error;
    }
  }

  async #flush(): Promise<void> {
    if (this.#pieces.length === 0 || !this.#slice) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    await this.#slice.file.append(pieces);
  }

  async #finish({ segment, offset }: OpenSegment, durationMs: number): Promise<void> {
    await this.#flush();
    const slice = this.#slice;
    if (!slice) return;
    const { number, wallMs, startDtsMs, isDiscontinuity, discontinuities } = segment;
    if (this.#isInDoubt) await slice.file.sync();
    this.#isInDoubt = false;
    const sizeBytes = slice.file.length - offset;
    const facts = { number, wallMs, startDtsMs, durationMs, isDiscontinuity, discontinuities, offset, sizeBytes };
    await slice.day.addSegment(slice.first, facts);
    this.#segment = undefined;
    this.#failures = 0;
    this.#works();
    this.#options.onKept?.({ number, wallMs, isDiscontinuity, durationMs, sizeBytes });
  }

  /** A disk that was too slow is well again once little waits for it. */
  #works(): void {
    if (!this.#isTroubled || this.#waitingBytes > this.#maxWaitingBytes / 4) return;
    this.#isTroubled = false;
    this.#options.onTrouble(undefined);
  }

  /** A segment that is not going to be whole: as if it had not begun. */
  async #cut(open: OpenSegment): Promise<void> {
    this.#segment = undefined;
    this.#pieces = [];
    await this.#slice?.file.cut(open.headAt);
  }

  async #fail(error: unknown): Promise<void> {
    const open = this.#segment;
    this.#failures++;
    this.#retryAtMs = this.#options.nowMs() + Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#failures - 1));
    this.#trouble(error);
    this.#options.onLost(1);
    if (open) this.#givenUp = open.segment.number;
    if (open) await this.#cut(open).catch(() => undefined);
    await this.#endSlice().catch(() => undefined);
  }

  async #endSlice(): Promise<void> {
    const slice = this.#slice;
    const isTorn = this.#segment !== undefined;
    this.#slice = undefined;
    this.#segment = undefined;
    if (!slice) return;
    const { file, day, first, release } = slice;
    let isDone = false;
    try {
      if (!isTorn) await file.append([encodeSliceContents(day.segmentsOf(first))]);
      await file.sync().catch((error) => {
        this.#isInDoubt = true;
        throw error;
      });
      if (isTorn) await day.takeIn(first);
      await day.endSlice(first);
      isDone = true;
    } finally {
      await file.close();
      // What the index lacks then, it gets when it is read again.
      release(!isDone);
    }
  }
}

function taken(number: number): ArchiveError {
  const remedy = 'Restore high-water-marks.json in the data directory, or set the clock; numbers go on from either.';
  return new ArchiveError('NUMBER_TAKEN', `segment ${number} is not above those in the archive`, remedy);
}
