import { ByteWriter, MalformedError } from '../bytes/index.ts';
import { writeBox, writeFullBox } from './box.ts';
import { NON_SYNC_SAMPLE_FLAGS, planFragment, SYNC_SAMPLE_FLAGS, type TrackPlan } from './fragment-plan.ts';
import { readFragmentTable } from './fragment-table.ts';
import type { Fmp4Fragment, Fmp4TrackRun } from './sample.ts';
import { segmentTypeBox } from './segment-type.ts';

const TFHD = { defaultDuration: 0x8, defaultSize: 0x10, defaultFlags: 0x20, defaultBaseIsMoof: 0x020000 } as const;
const TRUN = { dataOffset: 0x1, firstFlags: 0x4, duration: 0x100, size: 0x200, flags: 0x400, offset: 0x800 } as const;

/**
 * Encodes a movie fragment: moof, and one mdat with all tracks' samples, track after track.
 * The result has its own memory, taken once, and each payload byte is copied once.
 * Limits: under 2 GiB and 10^6 samples; throws RangeError past them and for values that do not fit.
 */
export function encodeFragment(fragment: Fmp4Fragment): Uint8Array {
  const { sequenceNumber } = fragment;
  if (sequenceNumber >>> 0 !== sequenceNumber) throw new RangeError(`sequenceNumber ${sequenceNumber} is not 32 bits`);
  const plan = planFragment(fragment);
  const styp = fragment.withStyp ? segmentTypeBox() : new Uint8Array(0);
  const w = new ByteWriter(styp.length + plan.moofBytes + plan.mdatBytes);
  w.bytes(styp);
  writeBox(w, 'moof', () => {
    writeFullBox(w, 'mfhd', 0, 0, () => w.u32(sequenceNumber));
    let dataOffset = plan.moofBytes + 8;
    for (const track of plan.tracks) {
      writeTraf(w, track, dataOffset);
      dataOffset += track.payloadBytes;
    }
  });
  w.u32(plan.mdatBytes).fourCC('mdat');
  for (const track of plan.tracks) writeSamples(w, track);
  return w.view();
}

function writeTraf(w: ByteWriter, plan: TrackPlan, dataOffset: number): void {
  writeBox(w, 'traf', () => {
    writeTfhd(w, plan);
    writeFullBox(w, 'tfdt', 1, 0, () => w.u64(plan.run.baseMediaDecodeTime));
    writeTrun(w, plan, dataOffset);
  });
}

function writeTfhd(w: ByteWriter, plan: TrackPlan): void {
  const { defaultDuration, defaultSize } = plan;
  const present =
    TFHD.defaultBaseIsMoof |
    (defaultDuration === undefined ? 0 : TFHD.defaultDuration) |
    (defaultSize === undefined ? 0 : TFHD.defaultSize) |
    (plan.flags === 'each' ? 0 : TFHD.defaultFlags);
  writeFullBox(w, 'tfhd', 0, present, () => {
    w.u32(plan.run.trackId);
    if (defaultDuration !== undefined) w.u32(defaultDuration);
    if (defaultSize !== undefined) w.u32(defaultSize);
    if (plan.flags !== 'each') w.u32(sampleFlags(plan, plan.flags === 'firstDiffers' ? 1 : 0));
  });
}

function writeTrun(w: ByteWriter, plan: TrackPlan, dataOffset: number): void {
  const eachDuration = plan.defaultDuration === undefined;
  const eachSize = plan.defaultSize === undefined;
  const eachFlags = plan.flags === 'each';
  const present =
    TRUN.dataOffset |
    (plan.flags === 'firstDiffers' ? TRUN.firstFlags : 0) |
    (eachDuration ? TRUN.duration : 0) |
    (eachSize ? TRUN.size : 0) |
    (eachFlags ? TRUN.flags : 0) |
    (plan.hasCompositionOffsets ? TRUN.offset : 0);
  writeFullBox(w, 'trun', 1, present, () => {
    w.u32(plan.run.samples.length).i32(dataOffset);
    if (plan.flags === 'firstDiffers') w.u32(sampleFlags(plan, 0));
    for (const sample of plan.run.samples) {
      if (eachDuration) w.u32(sample.durationTicks);
      if (eachSize) w.u32(sample.sizeBytes);
      if (eachFlags) w.u32(sample.isSync ? SYNC_SAMPLE_FLAGS : NON_SYNC_SAMPLE_FLAGS);
      if (plan.hasCompositionOffsets) w.i32(sample.compositionOffsetTicks);
    }
  });
}

function sampleFlags(plan: TrackPlan, index: number): number {
  return plan.run.samples[index]?.isSync ? SYNC_SAMPLE_FLAGS : NON_SYNC_SAMPLE_FLAGS;
}

function writeSamples(w: ByteWriter, plan: TrackPlan): void {
  for (const { data } of plan.run.samples) {
    if (data instanceof Uint8Array) w.bytes(data);
    else for (const piece of data) w.bytes(piece);
  }
}

/** The inverse of `encodeFragment`; the samples are views. Throws MalformedError. */
export function decodeFragment(bytes: Uint8Array): Fmp4Fragment {
  const { sequenceNumber, runs, payloadOffset, payloadBytes, hasStyp } = readFragmentTable(bytes);
  const end = payloadOffset + payloadBytes;
  if (bytes.length < end) throw new MalformedError('SHORT_READ', 'mdat', `needs ${end} bytes, has ${bytes.length}`);
  if (runs.every(({ samples }) => samples.length === 0))
    throw new MalformedError('BAD_VALUE', 'moof', 'has no samples');
  const tracks = runs.map(({ trackId, baseMediaDecodeTime, dataOffset, samples }): Fmp4TrackRun => {
    let at = dataOffset;
    const whole = samples.map((sample) => {
      const from = at;
      at += sample.sizeBytes;
      return { ...sample, data: bytes.subarray(from, at) };
    });
    return { trackId, baseMediaDecodeTime, samples: whole };
  });
  return { sequenceNumber, tracks, ...(hasStyp ? { withStyp: true } : {}) };
}
