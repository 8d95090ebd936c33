import { crc32 } from 'node:zlib';
import type { StreamId, TrackSet } from '../live/index.ts';
import { ByteReader, ByteWriter } from '../protocol/bytes/index.ts';
import { writeBox } from '../protocol/fmp4/index.ts';
import { tracksFromJson, tracksToJson } from './tracks-json.ts';

/** What a slice says of itself, so that a lost index can be made again from it. */
export type SliceHead = { readonly id: StreamId; readonly tracks: TrackSet; readonly initName: string };

/** What stands before a segment's first part. */
export type SegmentHead = {
  readonly number: number;
  readonly wallMs: number;
  readonly startDtsMs: number;
  readonly isDiscontinuity: boolean;
  readonly discontinuities: number;
};

/** A segment of a slice, and where it lies in it. */
export type SegmentInSlice = SegmentHead & {
  readonly durationMs: number;
  readonly offset: number;
  readonly sizeBytes: number;
};

/** The extended types of our `uuid` boxes (ISO/IEC 14496-12, 4.2), which players skip. */
const SLICE_TYPE = Buffer.from('9d3f2c5a0e1b4c7f8a6be0d1f4a57c01', 'hex');
const SEGMENT_TYPE = Buffer.from('9d3f2c5a0e1b4c7f8a6be0d1f4a57c02', 'hex');
const CONTENTS_TYPE = Buffer.from('9d3f2c5a0e1b4c7f8a6be0d1f4a57c03', 'hex');

const UUID_HEADER_BYTES = 24;
/** The CRC-32 of all before it in the box, and the box's size. */
const CONTENTS_TRAILER_BYTES = 8;
const SHORTEST_CONTENTS_BYTES = UUID_HEADER_BYTES + 4 + CONTENTS_TRAILER_BYTES;
/** Header, extended type, and the fields of a segment's head. */
export const SEGMENT_HEAD_BYTES = UUID_HEADER_BYTES + 29;

export function encodeSliceHead({ id, tracks, initName }: SliceHead): Uint8Array {
  const json = JSON.stringify({ ...id, initName, tracks: tracksToJson(tracks) });
  return uuidBox(SLICE_TYPE, (w) => w.utf8(json));
}

export function encodeSegmentHead(head: SegmentHead): Uint8Array {
  return uuidBox(SEGMENT_TYPE, (w) => writeSegmentHead(w, head));
}

/**
 * What stands at a whole slice's end: its segments. As the box's size is repeated in its last four bytes, two short reads
 * tell what is in a slice.
 */
export function encodeSliceContents(segments: readonly SegmentInSlice[]): Uint8Array {
  const bytes = uuidBox(CONTENTS_TYPE, (w) => {
    w.u32(segments.length);
    for (const segment of segments) {
      writeSegmentHead(w, segment);
      w.f64(segment.durationMs).u64(segment.offset).u64(segment.sizeBytes);
    }
    w.zeros(CONTENTS_TRAILER_BYTES);
  });
  const trailerAt = bytes.length - CONTENTS_TRAILER_BYTES;
  viewOf(bytes).setUint32(trailerAt, crc32(bytes.subarray(0, trailerAt)));
  viewOf(bytes).setUint32(trailerAt + 4, bytes.length);
  return bytes;
}

/** Reads it from a slice's last bytes, with its size; undefined where they don't end with such a box. */
export function decodeSliceContents(
  end: Uint8Array,
): { readonly segments: SegmentInSlice[]; readonly sizeBytes: number } | undefined {
  const sizeBytes = end.length < SHORTEST_CONTENTS_BYTES ? 0 : viewOf(end).getUint32(end.length - 4);
  if (sizeBytes < SHORTEST_CONTENTS_BYTES || sizeBytes > end.length) return undefined;
  const box = end.subarray(end.length - sizeBytes);
  const trailerAt = sizeBytes - CONTENTS_TRAILER_BYTES;
  if (!CONTENTS_TYPE.equals(box.subarray(8, UUID_HEADER_BYTES))) return undefined;
  if (viewOf(box).getUint32(trailerAt) !== crc32(box.subarray(0, trailerAt))) return undefined;
  const reader = new ByteReader(box.subarray(UUID_HEADER_BYTES, trailerAt), 'slice contents');
  const segments: SegmentInSlice[] = [];
  try {
    for (let left = reader.u32(); left > 0; left--) {
      const head = readSegmentHead(reader);
      segments.push({ ...head, durationMs: reader.f64(), offset: reader.u64(), sizeBytes: reader.u64() });
    }
    return { segments, sizeBytes };
  } catch {
    return undefined;
  }
}

/** A `uuid` box's body; undefined where it is none of ours. Throws for one of ours that can't be read. */
export function decodeUuidBox(
  body: Uint8Array,
): { readonly slice: SliceHead } | { readonly segment: SegmentHead } | { readonly contents: true } | undefined {
  const type = Buffer.from(body.buffer, body.byteOffset, Math.min(16, body.length));
  if (type.equals(SLICE_TYPE)) return { slice: sliceHead(body.subarray(16)) };
  if (type.equals(SEGMENT_TYPE)) return { segment: readSegmentHead(new ByteReader(body.subarray(16), 'segment head')) };
  return type.equals(CONTENTS_TYPE) ? { contents: true } : undefined;
}

function uuidBox(type: Uint8Array, write: (w: ByteWriter) => void): Uint8Array {
  const w = new ByteWriter();
  writeBox(w, 'uuid', () => {
    w.bytes(type);
    write(w);
  });
  return w.toBytes();
}

function sliceHead(body: Uint8Array): SliceHead {
  const { domain, app, name, initName, tracks } = JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>;
  const id = { domain: String(domain), app: String(app), name: String(name) };
  return { id, initName: String(initName), tracks: tracksFromJson(tracks) };
}

function writeSegmentHead(w: ByteWriter, head: SegmentHead): void {
  w.u64(head.number).f64(head.wallMs).f64(head.startDtsMs);
  w.u32(head.discontinuities).u8(head.isDiscontinuity ? 1 : 0);
}

function readSegmentHead(reader: ByteReader): SegmentHead {
  const number = reader.u64();
  const [wallMs, startDtsMs] = [reader.f64(), reader.f64()];
  const discontinuities = reader.u32();
  return { number, wallMs, startDtsMs, discontinuities, isDiscontinuity: reader.u8() === 1 };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
