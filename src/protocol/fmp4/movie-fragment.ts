import { ByteReader, MalformedError } from '../bytes/index.ts';
import { boxAt, boxesIn, requiredBox } from './box-reader.ts';
import { MAX_SAMPLES } from './fragment-plan.ts';

/** What a sample table says of one sample. */
export type SampleEntry = {
  readonly durationTicks: number;
  readonly sizeBytes: number;
  readonly compositionOffsetTicks: number;
  readonly isSync: boolean;
};

/** Samples of one track that lie one after the other: a trun. */
export type SampleRun = {
  readonly trackId: number;
  /** dts of the first sample. */
  readonly baseMediaDecodeTime: number;
  /** Of the first sample, from the moof's first byte. */
  readonly dataOffset: number;
  readonly samples: readonly SampleEntry[];
};

/** What a sample has where neither its traf nor its trun says so: trex. */
export type SampleDefaults = { readonly durationTicks: number; readonly sizeBytes: number; readonly flags: number };

const TFHD = { baseDataOffset: 0x1, description: 0x2, duration: 0x8, size: 0x10, flags: 0x20 } as const;
const TRUN = { dataOffset: 0x1, firstFlags: 0x4, duration: 0x100, size: 0x200, flags: 0x400, offset: 0x800 } as const;
const NOT_SYNC = 0x10000;
const NO_DEFAULTS: SampleDefaults = { durationTicks: 0, sizeBytes: 0, flags: 0 };

/**
 * Reads a moof's body (ISO/IEC 14496-12, 8.8.4) without its samples: all its runs, in the order of the box.
 * Offsets count from the moof, as default-base-is-moof has it. Limit: 10^6 samples.
 */
export function readMovieFragment(
  moof: Uint8Array,
  defaultsOf: (trackId: number) => SampleDefaults | undefined = () => undefined,
): { readonly sequenceNumber: number; readonly runs: readonly SampleRun[] } {
  const runs: SampleRun[] = [];
  let room = MAX_SAMPLES;
  for (const { type, body } of boxesIn(moof)) {
    if (type !== 'traf') continue;
    for (const run of readTraf(body, defaultsOf, room)) {
      room -= run.samples.length;
      runs.push(run);
    }
  }
  return { sequenceNumber: readMfhd(moof), runs };
}

function readMfhd(moof: Uint8Array): number {
  const mfhd = boxAt(moof, 'mfhd');
  if (!mfhd) return 0;
  const reader = new ByteReader(mfhd, 'mfhd');
  reader.skip(4);
  return reader.u32();
}

function readTraf(
  traf: Uint8Array,
  defaultsOf: (trackId: number) => SampleDefaults | undefined,
  room: number,
): SampleRun[] {
  const { trackId, ...defaults } = readTfhd(requiredBox(traf, 'tfhd'), defaultsOf);
  let baseMediaDecodeTime = readTfdt(requiredBox(traf, 'tfdt'));
  let left = room;
  let dataOffset = 0;
  const runs: SampleRun[] = [];
  for (const { type, body } of boxesIn(traf)) {
    if (type !== 'trun') continue;
    const run = readTrun(body, defaults, left);
    dataOffset = run.dataOffset ?? dataOffset;
    runs.push({ trackId, baseMediaDecodeTime, dataOffset, samples: run.samples });
    left -= run.samples.length;
    for (const { durationTicks, sizeBytes } of run.samples) {
      baseMediaDecodeTime += durationTicks;
      dataOffset += sizeBytes;
    }
    if (!Number.isSafeInteger(baseMediaDecodeTime)) throw new MalformedError('TOO_LARGE', 'tfdt', 'is past 2^53');
  }
  return runs;
}

function readTfhd(
  body: Uint8Array,
  defaultsOf: (trackId: number) => SampleDefaults | undefined,
): SampleDefaults & { readonly trackId: number } {
  const reader = new ByteReader(body, 'tfhd');
  const flags = reader.u32() & 0xffffff;
  const trackId = reader.u32();
  const defaults = defaultsOf(trackId) ?? NO_DEFAULTS;
  if (flags & TFHD.baseDataOffset) throw new MalformedError('UNSUPPORTED', 'tfhd', 'has a base data offset');
  if (flags & TFHD.description) reader.skip(4);
  return {
    trackId,
    durationTicks: flags & TFHD.duration ? reader.u32() : defaults.durationTicks,
    sizeBytes: flags & TFHD.size ? reader.u32() : defaults.sizeBytes,
    flags: flags & TFHD.flags ? reader.u32() : defaults.flags,
  };
}

function readTfdt(body: Uint8Array): number {
  const reader = new ByteReader(body, 'tfdt');
  const version = reader.u8();
  reader.skip(3);
  return version === 1 ? reader.u64() : reader.u32();
}

type Trun = { readonly dataOffset: number | undefined; readonly samples: readonly SampleEntry[] };

function readTrun(body: Uint8Array, defaults: SampleDefaults, room: number): Trun {
  const reader = new ByteReader(body, 'trun');
  const flags = reader.u32() & 0xffffff;
  const count = reader.u32();
  const fields = [TRUN.duration, TRUN.size, TRUN.flags, TRUN.offset].filter((flag) => flags & flag).length;
  if (count > room || count * fields * 4 > reader.remaining) {
    throw new MalformedError('TOO_LARGE', 'trun', `declares ${count} samples`);
  }
  const dataOffset = flags & TRUN.dataOffset ? reader.i32() : undefined;
  const firstFlags = flags & TRUN.firstFlags ? reader.u32() : undefined;
  const samples: SampleEntry[] = [];
  for (let index = 0; index < count; index++) {
    const durationTicks = flags & TRUN.duration ? reader.u32() : defaults.durationTicks;
    const sizeBytes = flags & TRUN.size ? reader.u32() : defaults.sizeBytes;
    const inherited = index === 0 ? (firstFlags ?? defaults.flags) : defaults.flags;
    const sampleFlags = flags & TRUN.flags ? reader.u32() : inherited;
    // Signed in version 0 too: writers put negative offsets there.
    const compositionOffsetTicks = flags & TRUN.offset ? reader.i32() : 0;
    samples.push({ durationTicks, sizeBytes, compositionOffsetTicks, isSync: (sampleFlags & NOT_SYNC) === 0 });
  }
  return { dataOffset, samples };
}
