import type { RecordFormatRule } from '../rules/index.ts';
import type { RecordedPublish, Tally } from './recording-file.ts';

export type RecordingStatus = 'record_started' | 'record_paused' | 'record_resumed';

/** What came to be recorded in one format; the format and its first segment name it, however often it is said. */
export type Recorded = Tally &
  RecordedPublish & {
    readonly rule: RecordFormatRule;
    readonly storage: string;
    /** Of the files, or of the slices, of the format, from 0 in each recording. */
    readonly sequence: number;
  };

/** What follows from what happened to a recording, in the order in which it is to be done. */
export type RecordingEffect =
  | {
      readonly kind: 'statusChanged';
      readonly status: RecordingStatus;
      readonly sessionId: string;
      /** Counts what was said of the stream's recordings, so that each is told once. */
      readonly number: number;
      readonly atMs: number;
    }
  /** A slice of a file that is still recorded, or is cut next. */
  | ({ readonly kind: 'slice'; readonly file: Pick<Tally, 'firstSegment'> & { readonly sequence: number } } & Recorded)
  /** A file is complete; its slices, all of them, were said before. */
  | ({ readonly kind: 'cut' } & Recorded);
