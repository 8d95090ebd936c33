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
const SHORTEST_SECONDS = 10;
const LONGEST_SECONDS = 300;
/** Of each worker's share: the last ones to end are then waited for that much shorter. */
const PIECES_A_WORKER = 3;
const MAX_PIECES = 2000;

/** Cuts at the key frames that are nearest to even pieces. One piece where it is not worth it, or not possible. */
export function planPieces(survey: VideoSurvey, wish: PieceWish = {}): readonly Piece[] {
  const { keyTicks, timeBase, endTicks } = survey;
  const first = keyTicks[0] ?? 0;
  const toTicks = timeBase.den / timeBase.num;
  const totalSeconds = Math.max(0, (endTicks - first) / toTicks);
  const seconds = Math.max(
    wish.pieceSeconds ?? chosenSeconds(totalSeconds, wish.workers ?? 1),
    totalSeconds / MAX_PIECES,
  );
  const cuts = survey.unsplittable === undefined ? cutsAt(keyTicks, endTicks, seconds * toTicks) : [first];
  return cuts.map((startTicks, index) => {
    const next = cuts[index + 1];
    const pictures = survey.isCounted ? { pictures: picturesIn(survey, startTicks, next) } : {};
    return { index, startTicks, ...(next === undefined ? {} : { endTicks: next }), ...pictures };
  });
}

/** Even shares, so that no worker waits long for another. */
export function chosenSeconds(totalSeconds: number, workers: number): number {
  if (workers < 2) return Math.max(totalSeconds, LONGEST_SECONDS);
  const share = totalSeconds / (workers * PIECES_A_WORKER);
  return Math.min(Math.max(share, SHORTEST_SECONDS), LONGEST_SECONDS);
}

function cutsAt(keyTicks: readonly number[], endTicks: number, pieceTicks: number): number[] {
  const [first = 0, ...others] = keyTicks;
  const cuts = [first];
  for (let wanted = first + pieceTicks; wanted < endTicks - pieceTicks / 4; wanted += pieceTicks) {
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
