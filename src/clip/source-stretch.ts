import type { ArchivedSegment } from '../archive/index.ts';
import type { Fmp4VideoTrack } from '../protocol/fmp4/index.ts';
import { decodeAvcConfig, hasIdr } from '../protocol/h264/index.ts';
import type { SegmentTable, SurveyedSegment, TrackRun } from '../record/index.ts';
import type { Picture } from './picture-plan.ts';

/** A picture, and where its bytes are. */
export type PlacedPicture = Picture & {
  readonly segment: ArchivedSegment;
  readonly offset: number;
  readonly sizeBytes: number;
};

export type StretchSegment = {
  readonly segment: ArchivedSegment;
  readonly table: SegmentTable;
  readonly shiftMs: number;
};

/** Segments that follow one another without a seam, so that their pictures are of one decoder's run. */
export class SourceStretch {
  readonly segments: StretchSegment[] = [];
  readonly pictures: PlacedPicture[] = [];
  video: Fmp4VideoTrack | undefined;

  get last(): ArchivedSegment | undefined {
    return this.segments.at(-1)?.segment;
  }

  /** Whether the segment goes on where the stretch ends, with the same tracks. */
  goesOnWith({ number, isDiscontinuity, slice }: ArchivedSegment): boolean {
    const last = this.last;
    if (!last) return true;
    return number === last.number + 1 && !isDiscontinuity && slice.initName === last.slice.initName;
  }

  add({ segment, table, shiftMs, bytes }: SurveyedSegment): void {
    this.segments.push({ segment, table, shiftMs });
    for (const { runs } of table.fragments) {
      for (const run of runs) if (run.track.kind === 'video') this.#addPictures(run, segment, bytes);
    }
  }

  #addPictures(run: TrackRun, segment: ArchivedSegment, bytes: Uint8Array): void {
    if (run.track.kind !== 'video') return;
    this.video ??= run.track;
    const isIdr = idrTest(run.track);
    let dtsTicks = run.baseMediaDecodeTime;
    let offset = run.dataOffset;
    for (const { durationTicks, sizeBytes, compositionOffsetTicks, isSync } of run.samples) {
      const data = bytes.subarray(offset, offset + sizeBytes);
      const ptsTicks = dtsTicks + compositionOffsetTicks;
      const placed = { segment, offset, sizeBytes };
      this.pictures.push({ ...placed, dtsTicks, ptsTicks, durationTicks, isIdr: isSync && isIdr(data) });
      dtsTicks += durationTicks;
      offset += sizeBytes;
    }
  }
}

/** Key frames of H.264 need not be IDR pictures: after others, pictures may follow that need what was before. */
function idrTest({ codec, config }: Fmp4VideoTrack): (data: Uint8Array) => boolean {
  if (codec !== 'h264') return () => true;
  const { nalLengthSize } = decodeAvcConfig(config);
  return (data) => hasIdr(data, nalLengthSize);
}
