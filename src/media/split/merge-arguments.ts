export type MergeParts = {
  /** Files of the pieces in their order, in the folder FFmpeg runs in; none where the output has no picture. */
  readonly pieces: readonly string[];
  /** How much later times are in them. */
  readonly leadInSeconds: number;
  /** The whole sound, encoded in one go. */
  readonly sound?: string | undefined;
  /** How the file is written, ending with its name. */
  readonly container: readonly string[];
};

/** What is asked of FFmpeg to put pieces and sound into one file, without decoding. */
export function mergeArguments({ pieces, leadInSeconds, sound, container }: MergeParts): string[] {
  // The demuxer skips each further header by itself and goes on with the fragments, whose times are whole ones.
  const joined = ['-protocol_whitelist', 'file,concat', '-itsoffset', String(-leadInSeconds)];
  const pictures = pieces.length > 0 ? [...joined, '-i', `concat:${pieces.join('|')}`] : [];
  const maps = [pieces.length > 0, sound !== undefined].filter(Boolean).flatMap((_, index) => ['-map', String(index)]);
  return [
    ...['-copyts', ...pictures, ...(sound === undefined ? [] : ['-i', sound]), ...maps],
    ...['-c', 'copy', '-map_metadata', '-1', ...container],
  ];
}
