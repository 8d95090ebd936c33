import type { TrackSet } from '../live/index.ts';
import { fragmentSpans } from '../protocol/fmp4/index.ts';
import {
  decodeSliceContents,
  decodeUuidBox,
  SEGMENT_HEAD_BYTES,
  type SegmentHead,
  type SegmentInSlice,
  type SliceHead,
} from './slice-boxes.ts';
import type { SliceBytes } from './slice-bytes.ts';

/** What is whole in a slice. */
export type SliceScan = {
  readonly head: SliceHead;
  readonly init: Uint8Array;
  readonly segments: readonly SegmentInSlice[];
  /** Up to here everything is whole. */
  readonly soundBytes: number;
  /** It ends as a slice does that was written to its end. */
  readonly isEnded: boolean;
};

type Box = { readonly type: string; readonly at: number; readonly sizeBytes: number; readonly headerBytes: number };

const MAX_READ_BYTES = 4 * 1024 * 1024;
/** More than an init segment and a slice's head; more than the contents of a slice. */
const HEAD_BYTES = 32_768;
const CONTENTS_BYTES = 32_768;
/** No coded picture or sound ends so: after a power loss the end of a file may be there and its bytes not. */
const ZEROS_BYTES = 64;

/** What is in a slice: as its end says, in two short reads; else what is found in it. Undefined where nothing is. */
export async function scanSlice(slice: SliceBytes): Promise<SliceScan | undefined> {
  return (await contentsOf(slice)) ?? (await findIn(slice));
}

async function contentsOf(slice: SliceBytes): Promise<SliceScan | undefined> {
  const { sizeBytes } = slice;
  const end = await slice.read(Math.max(0, sizeBytes - CONTENTS_BYTES), Math.min(CONTENTS_BYTES, sizeBytes));
  const contents = decodeSliceContents(end);
  if (!contents) return undefined;
  const soundBytes = sizeBytes - contents.sizeBytes;
  const start = await slice.read(0, Math.min(HEAD_BYTES, soundBytes));
  const found = await scan({ sizeBytes: start.length, read: async (at, length) => start.subarray(at, at + length) });
  const isWithin = contents.segments.every(({ offset, sizeBytes: own }) => offset + own <= soundBytes);
  return found && isWithin ? { ...found, segments: contents.segments, soundBytes, isEnded: true } : undefined;
}

/** Goes through all that is whole in a slice, wherever it was cut off; media data is skipped. */
async function findIn(slice: SliceBytes): Promise<SliceScan | undefined> {
  return scan({ ...slice, sizeBytes: await endOfBytes(slice) });
}

/** Where the bytes end: at the file's end, or where nothing but zeros follow. */
async function endOfBytes({ sizeBytes, read }: SliceBytes): Promise<number> {
  let end = sizeBytes;
  while (end > 0) {
    const at = Math.max(0, end - HEAD_BYTES);
    const bytes = await read(at, end - at);
    const last = bytes.findLastIndex((byte) => byte !== 0);
    if (last >= 0) {
      end = at + last + 1;
      break;
    }
    end = at;
  }
  return sizeBytes - end >= ZEROS_BYTES ? end : sizeBytes;
}

async function scan(slice: SliceBytes): Promise<SliceScan | undefined> {
  const scanner = new SliceScanner();
  let box = await boxAt(slice, 0);
  while (box) {
    const body = box.type === 'mdat' ? undefined : await bodyOf(slice, box);
    if (!scanner.takes(box, body)) break;
    box = await boxAt(slice, endOf(box));
  }
  return scanner.result(new Uint8Array(await slice.read(0, scanner.initBytes)));
}

/** Goes through a slice's boxes: init segment, slice head, and for each segment its head and its parts. */
class SliceScanner {
  initBytes = 0;
  readonly #segments: SegmentInSlice[] = [];
  #head: SliceHead | undefined;
  #open: OpenSegment | undefined;
  #moof: Uint8Array | undefined;
  #soundBytes = 0;

  /** Whether the box is one that belongs here; after one that does not, nothing is believed. */
  takes(box: Box, body: Uint8Array | undefined): boolean {
    const isSound = this.#take(box, body);
    if (isSound && box.type !== 'moof') this.#soundBytes = endOf(box);
    return isSound;
  }

  result(init: Uint8Array): SliceScan | undefined {
    if (!this.#head) return undefined;
    const last = this.#open;
    // A head alone is no segment.
    if (last && !last.hasParts) this.#soundBytes = last.headAt;
    const ended = last?.hasParts ? [...this.#segments, last.finish(undefined)] : this.#segments;
    return { head: this.#head, init, segments: ended, soundBytes: this.#soundBytes, isEnded: false };
  }

  #take(box: Box, body: Uint8Array | undefined): boolean {
    switch (box.type) {
      case 'ftyp':
      case 'moov':
        this.initBytes = endOf(box);
        return true;
      case 'uuid':
        return body !== undefined && this.#takeHead(uuidIn(body), endOf(box));
      case 'moof':
        this.#moof = body;
        return true;
      case 'mdat': {
        const moof = this.#moof;
        this.#moof = undefined;
        return moof !== undefined && this.#open?.part(moof, endOf(box)) === true;
      }
      default:
        return false;
    }
  }

  #takeHead(found: ReturnType<typeof decodeUuidBox>, endAt: number): boolean {
    if (!found || 'contents' in found) return false;
    if ('slice' in found) {
      this.#head = found.slice;
      return true;
    }
    if (!this.#head) return false;
    if (this.#open?.hasParts) this.#segments.push(this.#open.finish(found.segment.startDtsMs));
    this.#open = new OpenSegment(found.segment, endAt, this.#head.tracks);
    return true;
  }
}

/** A segment whose parts are being read. */
class OpenSegment {
  readonly #head: SegmentHead;
  readonly #offset: number;
  readonly #tracks: TrackSet;
  #endAt: number;
  #endMs: number;

  constructor(head: SegmentHead, offset: number, tracks: TrackSet) {
    this.#head = head;
    this.#offset = offset;
    this.#tracks = tracks;
    this.#endAt = offset;
    this.#endMs = head.startDtsMs;
  }

  get hasParts(): boolean {
    return this.#endAt > this.#offset;
  }

  get headAt(): number {
    return this.#offset - SEGMENT_HEAD_BYTES;
  }

  /** Whether the part could be understood. */
  part(moof: Uint8Array, endAt: number): boolean {
    const { video, audio } = this.#tracks;
    const timescale = (video ?? audio)?.timescale ?? 1000;
    try {
      const span = fragmentSpans(moof).find(({ trackId }) => trackId === (video ? 1 : 2));
      if (span) this.#endMs = Math.max(this.#endMs, Math.round(((span.start + span.durationTicks) * 1000) / timescale));
    } catch {
      return false;
    }
    this.#endAt = endAt;
    return true;
  }

  /** @param nextDtsMs where the next segment begins, if it is known */
  finish(nextDtsMs: number | undefined): SegmentInSlice {
    const { startDtsMs } = this.#head;
    const durationMs = Math.max(1, (nextDtsMs ?? this.#endMs) - startDtsMs);
    return { ...this.#head, durationMs, offset: this.#offset, sizeBytes: this.#endAt - this.#offset };
  }
}

const endOf = ({ at, sizeBytes }: Box): number => at + sizeBytes;

/** The box that begins there; undefined where none does, or where the slice ends within it. */
async function boxAt({ sizeBytes: sliceBytes, read }: SliceBytes, at: number): Promise<Box | undefined> {
  if (at + 8 > sliceBytes) return undefined;
  const header = Buffer.from(await read(at, Math.min(16, sliceBytes - at)));
  if (header.length < 8) return undefined;
  const short = header.readUInt32BE(0);
  const isLarge = short === 1 && header.length === 16;
  const sizeBytes = isLarge ? Number(header.readBigUInt64BE(8)) : short;
  const headerBytes = isLarge ? 16 : 8;
  if (sizeBytes < headerBytes || at + sizeBytes > sliceBytes) return undefined;
  return { type: header.toString('latin1', 4, 8), at, sizeBytes, headerBytes };
}

async function bodyOf({ read }: SliceBytes, { at, sizeBytes, headerBytes }: Box): Promise<Uint8Array> {
  return read(at + headerBytes, Math.min(MAX_READ_BYTES, sizeBytes - headerBytes));
}

function uuidIn(body: Uint8Array): ReturnType<typeof decodeUuidBox> {
  try {
    return decodeUuidBox(body);
  } catch {
    return undefined;
  }
}
