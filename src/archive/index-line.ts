import type { TrackSet } from '../live/index.ts';
import { CRC_DIGITS, decodeCrcLine, encodeCrcLine } from '../storage/index.ts';
import { tracksFromJson, tracksToJson } from './tracks-json.ts';

/** One line of a day's index. It only grows; each line stands for itself, a later one tells what became of a slice. */
export type IndexLine =
  /** Tracks, and the init segment that describes them. */
  | { readonly kind: 'init'; readonly name: string; readonly bytes: Uint8Array; readonly tracks: TrackSet }
  | { readonly kind: 'slice'; readonly first: number; readonly initName: string }
  /** A whole segment of a slice. */
  | { readonly kind: 'segment'; readonly first: number; readonly segment: IndexedSegment }
  /** The slice is whole and on the disk. */
  | ({ readonly kind: 'ended'; readonly first: number } & SliceSpan)
  /** The slice is on its way into a storage. */
  | { readonly kind: 'queued'; readonly first: number }
  /** The slice is in a storage too. */
  | ({ readonly kind: 'uploaded'; readonly first: number } & RemotePlace)
  /** The slice's file here was removed; it is in its storage only. */
  | { readonly kind: 'trimmed'; readonly first: number }
  | { readonly kind: 'deleted'; readonly first: number };

export type IndexedSegment = {
  readonly number: number;
  readonly wallMs: number;
  readonly startDtsMs: number;
  readonly durationMs: number;
  readonly isDiscontinuity: boolean;
  readonly discontinuities: number;
  readonly offset: number;
  readonly sizeBytes: number;
};

/** How far a slice reaches: its last segment, the wall clock at its end, and its bytes up to there. */
export type SliceSpan = { readonly lastNumber: number; readonly endMs: number; readonly sizeBytes: number };

/** The object that a slice was uploaded as, and when. */
export type RemotePlace = { readonly storage: string; readonly object: string; readonly atMs: number };

/** Where a line's kind stands: behind the CRC, a space, a bracket and a quote. */
const KIND_AT = CRC_DIGITS + 3;

/** `{CRC-32 of the rest, in hex} {JSON}`, with its line feed. */
export function encodeIndexLine(line: IndexLine): string {
  return encodeCrcLine(fieldsOf(line));
}

/** A line without its line feed; undefined where it is damaged or torn. */
export function decodeIndexLine(text: string): IndexLine | undefined {
  const fields = decodeCrcLine(text);
  if (fields === undefined) return undefined;
  try {
    return lineOf(fields as unknown[]);
  } catch {
    return undefined;
  }
}

/** Whether the line that begins there says that it is of a segment, as nearly all do. */
export const isSegmentLine = (text: string, at: number): boolean => text[at + KIND_AT] === 'g';

function fieldsOf(line: IndexLine): unknown[] {
  switch (line.kind) {
    case 'init':
      return ['i', line.name, Buffer.from(line.bytes).toString('base64'), tracksToJson(line.tracks)];
    case 'slice':
      return ['s', line.first, line.initName];
    case 'segment': {
      const { number, wallMs, startDtsMs, durationMs, isDiscontinuity, discontinuities, offset, sizeBytes } =
        line.segment;
      const mark = isDiscontinuity ? 1 : 0;
      return ['g', line.first, number, wallMs, startDtsMs, durationMs, mark, discontinuities, offset, sizeBytes];
    }
    case 'ended':
      return ['e', line.first, line.lastNumber, line.endMs, line.sizeBytes];
    case 'queued':
      return ['q', line.first];
    case 'uploaded':
      return ['u', line.first, line.storage, line.object, line.atMs];
    case 'trimmed':
      return ['t', line.first];
    case 'deleted':
      return ['d', line.first];
  }
}

/** The CRC says that we wrote it, so only kinds that a later release added are not known. */
function lineOf(fields: unknown[]): IndexLine | undefined {
  const [kind, ...rest] = fields;
  const [first = 0, ...numbers] = rest as number[];
  switch (kind) {
    case 'i': {
      const [name, bytes, tracks] = rest as [string, string, unknown];
      const init = new Uint8Array(Buffer.from(bytes, 'base64'));
      return { kind: 'init', name, bytes: init, tracks: tracksFromJson(tracks) };
    }
    case 's':
      return { kind: 'slice', first, initName: String(rest[1]) };
    case 'g':
      return { kind: 'segment', first, segment: segmentOf(numbers) };
    case 'e': {
      const [lastNumber = 0, endMs = 0, sizeBytes = 0] = numbers;
      return { kind: 'ended', first, lastNumber, endMs, sizeBytes };
    }
    case 'q':
      return { kind: 'queued', first };
    case 'u':
      return { kind: 'uploaded', first, storage: String(rest[1]), object: String(rest[2]), atMs: Number(rest[3]) };
    case 't':
      return { kind: 'trimmed', first };
    case 'd':
      return { kind: 'deleted', first };
    default:
      return undefined;
  }
}

function segmentOf(numbers: readonly number[]): IndexedSegment {
  const [number = 0, wallMs = 0, startDtsMs = 0, durationMs = 0, mark = 0, discontinuities = 0, ...place] = numbers;
  const [offset = 0, sizeBytes = 0] = place;
  const isDiscontinuity = mark === 1;
  return { number, wallMs, startDtsMs, durationMs, isDiscontinuity, discontinuities, offset, sizeBytes };
}
