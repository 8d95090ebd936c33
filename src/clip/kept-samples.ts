import type { SegmentTable, TableFragment, TrackRun } from '../record/index.ts';
import type { IndexRange } from './picture-plan.ts';

/** Bytes of a segment, from the first to before the second. */
export type ByteRange = { readonly from: number; readonly to: number };

/** The part of a segment's table that is kept, as if its samples were all there is, and where their bytes are. */
export type KeptSamples = { readonly table: SegmentTable; readonly ranges: readonly ByteRange[] };

/** Decides by the sample's time, in the ticks of its track. */
export type KeepsSound = (run: TrackRun, ptsTicks: number, durationTicks: number) => boolean;

/**
 * Keeps pictures by their indexes, which count from `firstPicture` on, and sound by its time; each run of samples stays
 * together as far as it is kept.
 */
export function keptSamples(
  table: SegmentTable,
  firstPicture: number,
  pictures: IndexRange,
  keepsSound: KeepsSound,
): KeptSamples {
  const fragments: TableFragment[] = [];
  const ranges: ByteRange[] = [];
  let picture = firstPicture;
  for (const run of table.fragments.flatMap(({ runs }) => runs)) {
    const from = picture;
    const isVideo = run.track.kind === 'video';
    if (isVideo) picture += run.samples.length;
    const kept = isVideo
      ? partOf(run, (index) => from + index >= pictures.from && from + index < pictures.to)
      : partOf(run, (_, ptsTicks, durationTicks) => keepsSound(run, ptsTicks, durationTicks));
    if (!kept) continue;
    const payloadBytes = kept.samples.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    fragments.push({ payloadOffset: kept.dataOffset, payloadBytes, runs: [kept] });
    ranges.push({ from: kept.dataOffset, to: kept.dataOffset + payloadBytes });
  }
  return { table: { ...table, fragments }, ranges };
}

/** From the first kept sample to the last one. */
function partOf(
  run: TrackRun,
  keeps: (index: number, ptsTicks: number, durationTicks: number) => boolean,
): TrackRun | undefined {
  let dtsTicks = run.baseMediaDecodeTime;
  let offset = run.dataOffset;
  let begin: { readonly index: number; readonly dtsTicks: number; readonly offset: number } | undefined;
  let end = 0;
  for (const [index, sample] of run.samples.entries()) {
    if (keeps(index, dtsTicks + sample.compositionOffsetTicks, sample.durationTicks)) {
      begin ??= { index, dtsTicks, offset };
      end = index + 1;
    }
    dtsTicks += sample.durationTicks;
    offset += sample.sizeBytes;
  }
  if (!begin) return undefined;
  const samples = run.samples.slice(begin.index, end);
  return { ...run, baseMediaDecodeTime: begin.dtsTicks, dataOffset: begin.offset, samples };
}
