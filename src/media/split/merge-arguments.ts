import { LEAD_IN_SECONDS } from './piece-arguments.ts';

export type MergeParts = {
  /** Files of the pieces in their order, in the folder FFmpeg runs in; none where the output has no picture. */
  readonly pieces: readonly string[];
  /** The whole sound, encoded in one go. */
  readonly sound?: string;
  /** `['-f', 'mp4', '-movflags', '+faststart']` and what else the container wants. */
  readonly container: readonly string[];
  readonly output: string;
};

/** What is asked of FFmpeg to put pieces and sound into one file, without decoding. */
export function mergeArguments({ pieces, sound, container, output }: MergeParts): string[] {
  // The demuxer skips each further header by itself and goes on with the fragments, whose times are whole ones.
  const pictures =
    pieces.length > 0 ? ['-itsoffset', String(-LEAD_IN_SECONDS), '-i', `concat:${pieces.join('|')}`] : [];
  const maps = [pieces.length > 0, sound !== undefined].filter(Boolean).flatMap((_, index) => ['-map', String(index)]);
  return [
    ...['-copyts', ...pictures, ...(sound === undefined ? [] : ['-i', sound]), ...maps],
    ...['-c', 'copy', ...container, '-y', output],
  ];
}
