import type { Piece } from './piece-plan.ts';
import type { TimeBase } from './video-survey.ts';

/** Pictures a second. */
export type FrameRate = { readonly num: number; readonly den: number };

/** What of a survey is needed to encode a piece. */
export type PieceSource = {
  readonly timeBase: TimeBase;
  readonly startTicks: number;
  /** The first key frame's. */
  readonly firstTicks: number;
};

/** How the pictures of one output are made; equal for all its pieces. */
export type PieceEncoding = {
  /** Of the file, which is fragmented MP4 whatever the output will be. */
  readonly name: string;
  /** From one label of the graph to another, for pictures whose times begin at 0; `even` stands where they become even. */
  readonly filters: (from: string, to: string, even: string) => readonly string[];
  /** Left out, every picture keeps its own time. */
  readonly fps?: FrameRate | undefined;
  /** What times are counted in. */
  readonly tick: TimeBase;
  /** `['-c:v', 'libx264', '-crf', '23']`. */
  readonly args: readonly string[];
};

const LEAST_LEAD_IN_SECONDS = 10;
/** Where a demuxer seeks by times of decoding it may land behind what was asked for: the next try begins so much earlier. */
const SEEK_BACK_SECONDS = 15;

/** Times in pieces are so much later than in the output, so that none is negative: a whole number of seconds and of ticks. */
export function leadInSeconds({ num }: TimeBase): number {
  return num * Math.ceil(LEAST_LEAD_IN_SECONDS / num);
}

/** What is asked of FFmpeg for one piece: decoded once, encoded into each output. `open` ends with the input. */
export function pieceArguments(
  open: (before: readonly string[]) => readonly string[],
  { source, piece, encodings }: PieceTask,
  tries: number,
): string[] {
  const { timeBase, firstTicks } = source;
  const seekSeconds = secondsOf(piece.startTicks, timeBase) - SEEK_BACK_SECONDS * tries;
  const isSought = piece.index > 0 && seekSeconds > secondsOf(firstTicks, timeBase);
  const seek = isSought ? ['-seek_timestamp', '1', '-ss', seekSeconds.toFixed(6)] : [];
  return [
    ...open(['-copyts', '-noaccurate_seek', ...seek]),
    ...['-filter_complex', graphOf(source, piece, encodings)],
    ...encodings.flatMap(outputArguments),
  ];
}

export type PieceTask = {
  readonly source: PieceSource;
  readonly piece: Piece;
  readonly encodings: readonly PieceEncoding[];
};

/**
 * ```
 * [0:V:0] trim to the piece, first time of the file is 0 ─ split ┬ scale ...          ─ + lead-in → a.mp4
 *                                                                └ scale ... fps trim ─ + lead-in → b.mp4
 * ```
 */
function graphOf(source: PieceSource, piece: Piece, encodings: readonly PieceEncoding[]): string {
  const start = piece.index > 0 ? [`start_pts=${piece.startTicks}`] : [];
  const end = piece.endTicks === undefined ? [] : [`end_pts=${piece.endTicks}`];
  const trim = start.length + end.length > 0 ? [`trim=${[...start, ...end].join(':')}`] : [];
  const labels = encodings.map((_, index) => `[s${index}]`).join('');
  const shared = [...trim, `setpts=PTS-${source.startTicks}`, `split=${encodings.length}`].join(',');
  const chains = encodings.flatMap(({ filters, fps, tick }, index) => [
    ...filters(`[s${index}]`, `[f${index}]`, fps ? evenFilters(source, piece, fps).join(',') : 'null'),
    `[f${index}]setpts=PTS+${leadInSeconds(tick)}/TB[o${index}]`,
  ]);
  return [`[0:V:0]${shared}${labels}`, ...chains].join(';');
}

/** The same grid of times in every piece; a piece fills it up to where the next one begins. */
function evenFilters({ startTicks, timeBase }: PieceSource, { endTicks }: Piece, { num, den }: FrameRate): string[] {
  const fps = `fps=${num}/${den}`;
  if (endTicks === undefined) return [fps];
  const end = gridTicks(endTicks - startTicks, timeBase, { num, den });
  return [fps, 'tpad=stop=-1:stop_mode=clone', `trim=end_pts=${end}`];
}

/** Which place of the grid a time is nearest to; half-way away from zero, as FFmpeg rounds. */
export function gridTicks(ticks: number, timeBase: TimeBase, { num, den }: FrameRate): number {
  const up = BigInt(ticks) * BigInt(timeBase.num) * BigInt(num);
  const down = BigInt(timeBase.den) * BigInt(den);
  const half = down / 2n;
  return Number(up < 0n ? -((-up + half) / down) : (up + half) / down);
}

function outputArguments({ name, tick, args }: PieceEncoding, index: number): string[] {
  return [
    ...['-map', `[o${index}]`, '-fps_mode', 'passthrough', '-enc_time_base', `${tick.num}:${tick.den}`],
    ...args,
    ...['-video_track_timescale', String(tick.den), '-use_editlist', '0', '-avoid_negative_ts', 'disabled'],
    ...['-movflags', 'frag_keyframe+empty_moov+default_base_moof+frag_discont+skip_trailer'],
    ...['-f', 'mp4', name],
  ];
}

export function secondsOf(ticks: number, { num, den }: TimeBase): number {
  return (ticks * num) / den;
}
