import type { VideoSurvey } from './video-survey.ts';

/** A range of a source: what is shown from a key frame to before another. */
export type Piece = {
  readonly index: number;
  /** Of its first key frame, and of the next piece's; the last one has no end. */
  readonly startTicks: number;
  readonly endTicks?: number;
  /** So many pictures come out of it; left out where packets are not pictures. */
  readonly pictures?: number;
};

/** How long pieces shall be, or how many workers share them. */
export type PieceWish = { readonly pieceSeconds?: number | undefined; readonly workers?: number | undefined };

/** A process that starts costs about as much as encoding half a second; pieces are so long that it does not matter. */
const SHORTEST_SECONDS = 8;
/** So much is done again where a worker is lost. */
const LONGEST_SECONDS = 300;
const MAX_PIECES = 2000;

/** Cuts at the key frames nearest to the lengths that are wished. One piece where it is not worth it, or not possible. */
export function planPieces(survey: VideoSurvey, { pieceSeconds, workers = 1 }: PieceWish = {}): readonly Piece[] {
  const { keyTicks, timeBase, endTicks } = survey;
  const first = keyTicks[0] ?? 0;
  const toTicks = timeBase.den / timeBase.num;
  const totalSeconds = Math.max(0, (endTicks - first) / toTicks);
  const lengths =
    pieceSeconds === undefined ? chosenLengths(totalSeconds, workers) : evenLengths(totalSeconds, pieceSeconds);
  const ticks = lengths.map((seconds) => seconds * toTicks);
  const cuts = survey.unsplittable === undefined ? cutsAt(keyTicks, endTicks, ticks) : [first];
  return cuts.map((startTicks, index) => {
    const next = cuts[index + 1];
    const pictures = survey.isCounted ? { pictures: picturesIn(survey, startTicks, next) } : {};
    return { index, startTicks, ...(next === undefined ? {} : { endTicks: next }), ...pictures };
  });
}

/**
 * Half of each worker's share of what is left, so that pieces become shorter: nobody waits long for whoever ends last,
 * also where some workers are slower or some pieces harder.
 */
export function chosenLengths(totalSeconds: number, workers: number): readonly number[] {
  if (workers < 2) return evenLengths(totalSeconds, LONGEST_SECONDS);
  const shortest = Math.max(SHORTEST_SECONDS, totalSeconds / MAX_PIECES);
  const lengths: number[] = [];
  for (let rest = totalSeconds; rest > 0; ) {
    const length = Math.min(LONGEST_SECONDS, Math.max(shortest, rest / (2 * workers)));
    lengths.push(length);
    rest -= length;
  }
  return lengths;
}

function evenLengths(totalSeconds: number, seconds: number): readonly number[] {
  const length = Math.max(seconds, totalSeconds / MAX_PIECES);
  return Array.from({ length: Math.ceil(totalSeconds / length) }, () => length);
}

/** Pieces begin at key frames, and the last one is no sliver. */
function cutsAt(keyTicks: readonly number[], endTicks: number, lengths: readonly number[]): readonly number[] {
  const [first = 0, ...others] = keyTicks;
  const cuts = [first];
  let wanted = first;
  for (const length of lengths) {
    wanted += length;
    if (wanted >= endTicks - length / 4) break;
    const cut = nearest(others, wanted);
    if (cut !== undefined && cut > (cuts.at(-1) ?? first)) cuts.push(cut);
  }
  return cuts;
}

/** By halving: `sorted` is ascending. */
function nearest(sorted: readonly number[], wanted: number): number | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  const [below, above] = [sorted[low - 1], sorted[low]];
  if (below === undefined || above === undefined) return below ?? above;
  return wanted - below <= above - wanted ? below : above;
}

function picturesIn(
  { keyTicks, pictures }: VideoSurvey,
  startTicks: number,
  endTicks = Number.POSITIVE_INFINITY,
): number {
  let sum = 0;
  for (const [index, ticks] of keyTicks.entries())
    if (ticks >= startTicks && ticks < endTicks) sum += pictures[index] ?? 0;
  return sum;
}
