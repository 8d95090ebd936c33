import type { OpenFile, RecordedPublish } from './recording-file.ts';
import type { RecordingPlan } from './recording-plan.ts';

/** A publish whose segments may be recorded. */
export type RecordingPublish = RecordedPublish & {
  /** The number that its first segment has or will have. */
  readonly firstSegment: number;
  /** Undefined when nothing of it is recorded. */
  readonly plan: RecordingPlan | undefined;
};

/** Segments that are to be recorded: to the end of the publish, or to `until`, which is the last. */
export type WantedRange = { readonly from: number; readonly until?: number };

/** What a recording is at, for the time after a restart. Plain JSON. */
export type RecordingState = {
  readonly publish?: RecordingPublish;
  readonly isLive: boolean;
  readonly wanted: readonly WantedRange[];
  readonly status: 'idle' | 'recording' | 'paused';
  readonly statusCount: number;
  /** The last that became whole, recorded or not. */
  readonly lastSegment: number;
  /** From when the delay of what is open counts, by wall clock: the end of what was recorded last, or the pause. */
  readonly delayFromMs?: number;
  readonly files: readonly OpenFile[];
  /** The next numbers of each format. */
  readonly sequences: Readonly<Record<string, { readonly file: number; readonly slice: number }>>;
};

export const IDLE: RecordingState = {
  isLive: false,
  wanted: [],
  status: 'idle',
  statusCount: 0,
  lastSegment: -1,
  files: [],
  sequences: {},
};

/** From which segment on the archive has to be read to restore a recording. */
export function earliestSegment({ files, lastSegment }: Pick<RecordingState, 'files' | 'lastSegment'>): number {
  return Math.min(lastSegment + 1, ...files.map(({ tally }) => tally.firstSegment));
}
