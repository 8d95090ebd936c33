import { buffer } from 'node:stream/consumers';
import { StorageError, type Storages } from '../storage/index.ts';
import type { RemoteSlices } from './archive.ts';
import { ArchiveError } from './archive-error.ts';
import type { SliceBytes } from './slice-bytes.ts';

export type RemoteReaderOptions = {
  readonly storages: Pick<Storages, 'get'>;
  /** What is kept of what was read last. */
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
};

type Place = Parameters<RemoteSlices>[0];

const MAX_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

/** Reads from slices that are in storages only; those who watch the same moment cause one request. */
export class RemoteReader {
  readonly #options: RemoteReaderOptions;
  /** By place, the one used last at the end. */
  readonly #read = new Map<string, { readonly bytes: Promise<Uint8Array>; readonly sizeBytes: number }>();
  #bytes = 0;

  constructor(options: RemoteReaderOptions) {
    this.#options = options;
  }

  /** Throws ArchiveError: SEGMENT_GONE where there is no such object, SEGMENT_UNREACHABLE where the storage fails. */
  readonly read: RemoteSlices = (place, start, sizeBytes) => {
    const key = `${place.storage}/${start}/${place.object}`;
    const known = this.#read.get(key);
    const reading = known ?? { bytes: this.#fetch(place, start, sizeBytes), sizeBytes };
    if (!known) {
      this.#bytes += sizeBytes;
      reading.bytes.catch(() => this.#drop(key));
    }
    this.#read.delete(key);
    this.#read.set(key, reading);
    for (const oldest of this.#read.keys()) {
      if (this.#bytes <= (this.#options.maxBytes ?? MAX_BYTES)) break;
      this.#drop(oldest);
    }
    return reading.bytes;
  };

  #drop(key: string): void {
    const known = this.#read.get(key);
    if (!known) return;
    this.#read.delete(key);
    this.#bytes -= known.sizeBytes;
  }

  #fetch(place: Place, start: number, sizeBytes: number): Promise<Uint8Array> {
    return readRange(this.#options.storages, place, start, sizeBytes, this.#options.timeoutMs ?? TIMEOUT_MS);
  }
}

/** An object as a slice's bytes, each read a request. */
export function remoteBytes(storages: Pick<Storages, 'get'>, place: Place, sizeBytes: number): SliceBytes {
  return { sizeBytes, read: (at, length) => readRange(storages, place, at, length, TIMEOUT_MS) };
}

async function readRange(
  storages: Pick<Storages, 'get'>,
  { storage, object }: Place,
  start: number,
  sizeBytes: number,
  timeoutMs: number,
): Promise<Uint8Array> {
  if (sizeBytes === 0) return new Uint8Array(0);
  try {
    const range = { start, end: start + sizeBytes - 1 };
    const { body } = await storages.get(storage).get(object, { range, signal: AbortSignal.timeout(timeoutMs) });
    return await buffer(body);
  } catch (error) {
    throw unreadable(object, error);
  }
}

function unreadable(object: string, error: unknown): ArchiveError {
  if (error instanceof StorageError && error.code === 'OBJECT_NOT_FOUND') {
    return new ArchiveError('SEGMENT_GONE', `${object} is not in its storage`, 'See who deleted it.', error);
  }
  const remedy = 'Try again later; headwater doctor tries the storage.';
  return new ArchiveError('SEGMENT_UNREACHABLE', `${object} cannot be read from its storage now`, remedy, error);
}
