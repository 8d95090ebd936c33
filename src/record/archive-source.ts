import type { ArchiveReader } from '../archive/index.ts';
import type { StreamId } from '../live/index.ts';
import type { SegmentSource } from './export.ts';

/** Segments of a stream differ in size. */
const SPARE = 1.5;

/** A stream's segments in the archive, read into two buffers in turn. For one file at a time. */
export function archiveSource(archive: Pick<ArchiveReader, 'bytes'>, id: StreamId): SegmentSource {
  let [next, other] = [new Uint8Array(), new Uint8Array()];
  const memoryFor = (sizeBytes: number): Uint8Array => {
    [next, other] = [other, next];
    if (other.length < sizeBytes) other = new Uint8Array(Math.ceil(sizeBytes * SPARE));
    return other;
  };
  return { bytes: (segment) => archive.bytes(id, segment, memoryFor) };
}
