import type { ArchivedSegment } from '../archive/index.ts';
import { MalformedError } from '../protocol/bytes/index.ts';
import type { ExportJob } from './export.ts';

const LOST_CODES: readonly unknown[] = ['SEGMENT_GONE', 'SEGMENT_DAMAGED'];

/** The bytes are missing where the segment is gone or damaged. */
export type ReadSegment = { readonly segment: ArchivedSegment; readonly bytes: Uint8Array | undefined };

/** Reads segments in order, the next one while the caller works on the one before. */
export async function* readAhead({ segments, source, signal }: ExportJob): AsyncGenerator<ReadSegment, void, void> {
  const read = (segment: ArchivedSegment): Promise<ReadSegment> => {
    const reading = orLost(() => source.bytes(segment)).then((bytes) => ({ segment, bytes }));
    // It may fail before it is waited for, or never be waited for.
    reading.catch(() => {});
    return reading;
  };
  const [first, ...rest] = segments;
  let next = first && read(first);
  for (const segment of [...rest, undefined]) {
    const current = await next;
    signal?.throwIfAborted();
    next = segment && read(segment);
    if (current) yield current;
  }
}

/** What the function gives; undefined where the segment turns out to be gone or damaged. */
export async function orLost<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof MalformedError || isLost(error)) return undefined;
    throw error;
  }
}

function isLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && LOST_CODES.includes(error.code);
}
