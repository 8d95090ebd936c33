import type { Piece } from './piece-plan.ts';
import type { TimeBase, VideoSurvey } from './video-survey.ts';

/** Pictures a second. */
export type FrameRate = { readonly num: number; readonly den: number };

/** How the pictures of one output are made; equal for all its pieces. */
export type PieceEncoding = {
  /** Of the file, which is fragmented MP4 whatever the output will be. */
  readonly name: string;
  /** Filters of FFmpeg with commas between them, for pictures whose times begin at 0; none that changes their times. */
  readonly filters?: string;
  /** Left out, every picture keeps its own time. */
  readonly fps?: FrameRate;
  /** `['-c:v', 'libx264', '-crf', '23']`. */
  readonly args: readonly string[];
};

/** Times in pieces are so much later than in the source, so that none is negative. */
export const LEAD_IN_SECONDS = 10;
/** Where a demuxer seeks by times of decoding it may land behind what was asked for: the second try begins so much earlier. */
const SEEK_BACK_SECONDS = 15;

/** What is asked of FFmpeg for one piece: decoded once, encoded into each output. */
export function pieceArguments(
  input: string,
  { survey, piece, encodings }: { survey: VideoSurvey; piece: Piece; encodings: readonly PieceEncoding[] },
  tries: number,
): string[] {
  const { timeBase } = survey;
  const seekSeconds = secondsOf(piece.startTicks, timeBase) - SEEK_BACK_SECONDS * tries;
  const isSought = piece.index > 0 && seekSeconds > secondsOf(survey.keyTicks[0] ?? 0, timeBase);
  return [
    ...['-copyts', '-noaccurate_seek'],
    ...(isSought ? ['-seek_timestamp', '1', '-ss', seekSeconds.toFixed(6)] : []),
    ...['-i', input, '-filter_complex', graphOf(survey, piece, encodings)],
    ...encodings.flatMap((encoding, index) => outputArguments(encoding, index, timeBase)),
  ];
}

/**
 * ```
 * [0:V:0] trim to the piece, first time of the file is 0 ─ split ┬ scale ...          ─ + lead-in → a.mp4
 *                                                                └ scale ... fps trim ─ + lead-in → b.mp4
 * ```
 */
function graphOf(survey: VideoSurvey, piece: Piece, encodings: readonly PieceEncoding[]): string {
  const start = piece.index > 0 ? [`start_pts=${piece.startTicks}`] : [];
  const end = piece.endTicks === undefined ? [] : [`end_pts=${piece.endTicks}`];
  const trim = start.length + end.length > 0 ? [`trim=${[...start, ...end].join(':')}`] : [];
  const source = ['[0:V:0]', [...trim, `setpts=PTS-${survey.startTicks}`, `split=${encodings.length}`].join(',')].join(
    '',
  );
  const labels = encodings.map((_, index) => `[s${index}]`).join('');
  const chains = encodings.map((encoding, index) => {
    const evened = encoding.fps ? evenFilters(survey, piece, encoding.fps) : [];
    const filters = [...(encoding.filters ? [encoding.filters] : []), ...evened, `setpts=PTS+${LEAD_IN_SECONDS}/TB`];
    return `[s${index}]${filters.join(',')}[o${index}]`;
  });
  return [`${source}${labels}`, ...chains].join(';');
}

/** The same grid of times in every piece; a piece fills it up to where the next one begins. */
function evenFilters({ startTicks, timeBase }: VideoSurvey, { endTicks }: Piece, { num, den }: FrameRate): string[] {
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

function outputArguments({ name, fps, args }: PieceEncoding, index: number, timeBase: TimeBase): string[] {
  const tick = fps ? { num: fps.den, den: fps.num } : timeBase;
  return [
    ...['-map', `[o${index}]`, '-fps_mode', 'passthrough', '-enc_time_base', `${tick.num}:${tick.den}`],
    ...args,
    ...['-video_track_timescale', String(tick.den), '-use_editlist', '0', '-avoid_negative_ts', 'disabled'],
    ...['-movflags', 'frag_keyframe+empty_moov+default_base_moof+frag_discont+skip_trailer'],
    ...['-f', 'mp4', '-y', name],
  ];
}

function secondsOf(ticks: number, { num, den }: TimeBase): number {
  return (ticks * num) / den;
}
