import type { Fmp4Fragment, Fmp4Sample, Fmp4TrackRun } from './sample.ts';

/** sample_depends_on 2: the sample needs no other. */
export const SYNC_SAMPLE_FLAGS = 0x02000000;
/** sample_depends_on 1 and sample_is_non_sync_sample. */
export const NON_SYNC_SAMPLE_FLAGS = 0x01010000;

/** Of all tracks of a fragment together. */
export const MAX_SAMPLES = 1_000_000;
const MAX_FRAGMENT_BYTES = 2 ** 31 - 1;

const TRAF_FIXED_BYTES = 8 + 16 + 20 + 20;
const MOOF_FIXED_BYTES = 8 + 16;

/** How each field of a traf's samples is written: once in tfhd, or per sample in trun. */
export type TrackPlan = {
  readonly run: Fmp4TrackRun;
  /** Given when all samples have it. */
  readonly defaultDuration: number | undefined;
  readonly defaultSize: number | undefined;
  readonly flags: 'uniform' | 'firstDiffers' | 'each';
  readonly hasCompositionOffsets: boolean;
  readonly trafBytes: number;
  readonly payloadBytes: number;
};

/** The sizes of a fragment's boxes, known before a byte is written. */
export type FragmentPlan = {
  readonly tracks: readonly TrackPlan[];
  readonly moofBytes: number;
  readonly mdatBytes: number;
};

/** Plans all tracks that have samples; throws RangeError for values that do not fit their fields. */
export function planFragment(fragment: Fmp4Fragment): FragmentPlan {
  const sampleCount = fragment.tracks.reduce((sum, { samples }) => sum + samples.length, 0);
  if (sampleCount > MAX_SAMPLES) throw new RangeError(`${sampleCount} samples in one fragment`);
  const tracks = fragment.tracks.filter((run) => run.samples.length > 0).map(planTrack);
  const moofBytes = tracks.reduce((sum, track) => sum + track.trafBytes, MOOF_FIXED_BYTES);
  const mdatBytes = tracks.reduce((sum, track) => sum + track.payloadBytes, 8);
  if (tracks.length === 0) throw new RangeError('a fragment needs a sample');
  if (moofBytes + mdatBytes > MAX_FRAGMENT_BYTES) throw new RangeError('a fragment holds less than 2 GiB');
  return { tracks, moofBytes, mdatBytes };
}

function planTrack(run: Fmp4TrackRun): TrackPlan {
  const { samples } = run;
  if (!Number.isSafeInteger(run.baseMediaDecodeTime) || run.baseMediaDecodeTime < 0) {
    throw new RangeError(`baseMediaDecodeTime ${run.baseMediaDecodeTime} is not a safe non-negative integer`);
  }
  const payloadBytes = samples.reduce((sum, sample) => sum + checkedSize(sample), 0);
  const defaultDuration = sharedValue(samples, (sample) => sample.durationTicks);
  const defaultSize = sharedValue(samples, (sample) => sample.sizeBytes);
  const flags = planFlags(samples);
  const hasCompositionOffsets = samples.some((sample) => sample.compositionOffsetTicks !== 0);
  const headFields = count(defaultDuration !== undefined, defaultSize !== undefined, flags !== 'each');
  const sampleFields = count(
    defaultDuration === undefined,
    defaultSize === undefined,
    flags === 'each',
    hasCompositionOffsets,
  );
  const firstFlags = count(flags === 'firstDiffers');
  const trafBytes = TRAF_FIXED_BYTES + 4 * (headFields + firstFlags + sampleFields * samples.length);
  return { run, defaultDuration, defaultSize, flags, hasCompositionOffsets, trafBytes, payloadBytes };
}

function planFlags(samples: readonly Fmp4Sample[]): TrackPlan['flags'] {
  const second = samples[1]?.isSync ?? samples[0]?.isSync;
  for (let i = 2; i < samples.length; i++) if (samples[i]?.isSync !== second) return 'each';
  return samples[0]?.isSync === second ? 'uniform' : 'firstDiffers';
}

function sharedValue(samples: readonly Fmp4Sample[], fieldOf: (sample: Fmp4Sample) => number): number | undefined {
  const first = samples[0] === undefined ? undefined : fieldOf(samples[0]);
  return samples.every((sample) => fieldOf(sample) === first) ? first : undefined;
}

function checkedSize(sample: Fmp4Sample): number {
  const { durationTicks, compositionOffsetTicks, sizeBytes, data } = sample;
  if (durationTicks >>> 0 !== durationTicks) throw new RangeError(`durationTicks ${durationTicks} is not 32 bits`);
  if ((compositionOffsetTicks | 0) !== compositionOffsetTicks) {
    throw new RangeError(`compositionOffsetTicks ${compositionOffsetTicks} is not 32 bits, signed`);
  }
  const dataBytes = data instanceof Uint8Array ? data.length : data.reduce((sum, piece) => sum + piece.length, 0);
  if (dataBytes !== sizeBytes) throw new RangeError(`a sample of ${sizeBytes} bytes brings ${dataBytes}`);
  return sizeBytes;
}

function count(...claims: readonly boolean[]): number {
  return claims.filter(Boolean).length;
}
