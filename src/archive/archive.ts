import { stat } from 'node:fs/promises';
import { type StreamId, streamKey } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { ArchiveError } from './archive-error.ts';
import type {
  ArchivedExtent,
  ArchivedInterval,
  ArchivedSegment,
  ArchiveReader,
  MemoryFor,
} from './archived-segment.ts';
import { archivedStreams } from './archived-streams.ts';
import { checkDiskReserve } from './disk-reserve.ts';
import type { RemotePlace } from './index-line.ts';
import { streamFolder } from './layout.ts';
import { LoadedDays } from './loaded-days.ts';
import { OpenSlices } from './open-slices.ts';
import type { NumberSpan } from './retention.ts';
import { StreamArchive } from './stream-archive.ts';
import { StreamWriter, type StreamWriterOptions } from './stream-writer.ts';
import { Turns } from './turns.ts';

/** Reads part of an object that a slice was uploaded as. Throws ArchiveError. */
export type RemoteSlices = (
  place: Pick<RemotePlace, 'storage' | 'object'>,
  start: number,
  sizeBytes: number,
) => Promise<Uint8Array>;

/** Segments of a stream that somebody still needs. */
export type Pin = NumberSpan & { readonly id: StreamId };

export type ArchiveOptions = {
  readonly folder: string;
  readonly log: Logger;
  readonly nowMs: () => number;
  /** What the archive leaves free on its disk. */
  readonly reserveBytes: number;
  readonly remote?: RemoteSlices;
};

export type WriterHearers = Pick<StreamWriterOptions, 'onTrouble' | 'onLost' | 'onKept' | 'maxWaitingBytes'>;

const MOOF = [...Buffer.from('moof')];
/** More would only hold more memory. */
const READS_AT_ONCE = 8;
/** A disk that hangs keeps as many threads as write to it; others need some for something else. */
const WRITERS_AT_ONCE = 4;

/** Everything that viewers can go back to: segments of streams, each written once. The disk is the truth. */
export class Archive implements ArchiveReader {
  readonly #options: ArchiveOptions;
  readonly #days = new LoadedDays();
  readonly #streams = new Map<string, StreamArchive>();
  /** The last writer of each stream that is not released. */
  readonly #writers = new Map<string, StreamWriter>();
  readonly #reads = new Turns(READS_AT_ONCE);
  readonly #writes = new Turns(WRITERS_AT_ONCE);
  readonly #slices = new OpenSlices();
  readonly #pins = new Set<() => Iterable<Pin>>();

  constructor(options: ArchiveOptions) {
    this.#options = options;
  }

  get folder(): string {
    return this.#options.folder;
  }

  /** What a stream's parts are handed to; release it when the stream ends. A later one waits for those before it. */
  writer(id: StreamId, hearers: WriterHearers): StreamWriter {
    const { reserveBytes, nowMs } = this.#options;
    const after = this.#writers.get(streamKey(id));
    const writer = new StreamWriter({
      ...{ stream: this.stream(id), after, turns: this.#writes, reserveBytes, nowMs },
      ...hearers,
    });
    this.#writers.set(streamKey(id), writer);
    return writer;
  }

  async release(writer: StreamWriter): Promise<void> {
    await writer.close();
    for (const [key, each] of this.#writers) if (each === writer) this.#writers.delete(key);
  }

  async between(id: StreamId, fromMs: number, toMs: number): Promise<ArchivedSegment[]> {
    return (await this.#known(id))?.between(fromMs, toMs) ?? [];
  }

  async *pages(id: StreamId, fromMs: number, toMs: number): AsyncGenerator<readonly ArchivedSegment[]> {
    const stream = await this.#known(id);
    if (stream) yield* stream.pages(fromMs, toMs);
  }

  async extent(id: StreamId, fromMs: number, toMs: number): Promise<ArchivedExtent> {
    return (await this.#known(id))?.extent(fromMs, toMs) ?? { count: 0, longestMs: 0, lastNumber: 0 };
  }

  async find(id: StreamId, number: number): Promise<ArchivedSegment | undefined> {
    return (await this.#known(id))?.find(number);
  }

  async from(id: StreamId, number: number, count: number): Promise<ArchivedSegment[]> {
    return (await this.#known(id))?.from(number, count) ?? [];
  }

  /** All from a number on, whatever is missing between them: for what goes on after a restart. */
  async since(id: StreamId, number: number): Promise<ArchivedSegment[]> {
    return (await this.#known(id))?.since(number) ?? [];
  }

  async before(id: StreamId, number: number, durationMs: number): Promise<ArchivedSegment[]> {
    return (await this.#known(id))?.before(number, durationMs) ?? [];
  }

  async timeline(id: StreamId, fromMs: number, toMs: number): Promise<ArchivedInterval[]> {
    return (await this.#known(id))?.timeline(fromMs, toMs) ?? [];
  }

  async bytes(id: StreamId, segment: ArchivedSegment, memoryFor?: MemoryFor): Promise<Uint8Array> {
    const { slice, offset, sizeBytes, number } = segment;
    const found = await (await this.#known(id))?.use(slice.day, (day) => {
      const state = day.state(slice.first);
      return state && { ...state, file: day.fileOf(slice.first) };
    });
    if (!found) throw gone(number);
    const bytes = found.isHere ? await this.#read(found.file, offset, sizeBytes, memoryFor) : undefined;
    if (bytes && (isWhole(bytes, sizeBytes) || !found.remote)) return checked(bytes, sizeBytes, number);
    const { remote } = this.#options;
    if (!found.remote || !remote) throw gone(number);
    return checked(await remote(found.remote, offset, sizeBytes), sizeBytes, number);
  }

  /** Segments that `pins` gives whenever it is asked are not deleted, whatever the rules say. Returns what ends that. */
  addPins(pins: () => Iterable<Pin>): () => void {
    this.#pins.add(pins);
    return () => this.#pins.delete(pins);
  }

  /** What somebody needs of a stream now. */
  pinsOf(id: StreamId): NumberSpan[] {
    const key = streamKey(id);
    return [...this.#pins].flatMap((pins) => [...pins()].filter((pin) => streamKey(pin.id) === key));
  }

  /** The streams that have something in the archive. */
  streams(): AsyncGenerator<StreamId> {
    return archivedStreams(this.#options.folder);
  }

  /** Throws ArchiveError where the disk's room is left to others. */
  checkRoom(): Promise<void> {
    return checkDiskReserve(this.#options.folder, this.#options.reserveBytes);
  }

  /** Where what belongs to the stream and is no segment may be kept, too. */
  folderOf(id: StreamId): string {
    return streamFolder(this.#options.folder, id);
  }

  stream(id: StreamId): StreamArchive {
    const key = streamKey(id);
    const known = this.#streams.get(key);
    if (known) return known;
    const made = new StreamArchive(id, streamFolder(this.#options.folder, id), this.#days);
    this.#streams.set(key, made);
    return made;
  }

  async close(): Promise<void> {
    for (const writer of [...this.#writers.values()]) await this.release(writer);
    this.#slices.close();
  }

  /** Undefined where there is no such file. */
  #read(
    file: string,
    offset: number,
    sizeBytes: number,
    memoryFor: MemoryFor = Buffer.allocUnsafeSlow,
  ): Promise<Uint8Array | undefined> {
    return this.#reads.take(async () => {
      const memory = memoryFor(sizeBytes);
      const bytesRead = await this.#slices.read(file, memory, offset, sizeBytes);
      if (bytesRead === undefined) return undefined;
      const bytes = memory.subarray(0, bytesRead);
      // Whoever mends it may put another file in its place.
      if (!isWhole(bytes, sizeBytes)) this.#slices.forget(file);
      return bytes;
    });
  }

  /** Undefined where nothing was ever archived, so that names that anybody may ask for leave nothing behind. */
  async #known(id: StreamId): Promise<StreamArchive | undefined> {
    const known = this.#streams.get(streamKey(id));
    if (known) return known;
    const found = await stat(streamFolder(this.#options.folder, id)).catch(() => undefined);
    return found?.isDirectory() ? this.stream(id) : undefined;
  }
}

const isWhole = (bytes: Uint8Array, sizeBytes: number): boolean =>
  bytes.length === sizeBytes && MOOF.every((letter, at) => bytes[4 + at] === letter);

/** What a slice that was cut or overwritten gives is no segment. */
function checked(bytes: Uint8Array, sizeBytes: number, number: number): Uint8Array {
  if (isWhole(bytes, sizeBytes)) return bytes;
  const remedy = 'Look at the disk; headwater doctor --rebuild makes the index fit what is there.';
  throw new ArchiveError('SEGMENT_DAMAGED', `segment ${number} is not whole in its slice`, remedy);
}

function gone(number: number): ArchiveError {
  const remedy = 'It may be older than what the rules keep.';
  return new ArchiveError('SEGMENT_GONE', `segment ${number} is no longer in the archive`, remedy);
}
