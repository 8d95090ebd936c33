/**
 * A sheet of the past: 36 places below each other, each of so many seconds, of which it has the first picture. Where it
 * begins is a multiple of its length, so that everybody who looks at about that time names the same sheets.
 *
 *     sprite-1764417600-300-1c291ca3.jpg     from when on, seconds of a place, kind of its pictures
 */
export type PreviewSheet = {
  /** Unix time. */
  readonly startSeconds: number;
  readonly stepSeconds: number;
  readonly kind: string;
};

const PLACES = 36;
/** From the shortest interval of snapshots to what makes thirty days a few hundred pictures. */
const STEPS_SECONDS = [5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200] as const;
const LONGEST_STEP_SECONDS = 7200;
/** About what fits side by side on a wide screen. */
const MOST_PICTURES = 400;
const NAME = /^sprite-(\d{1,11})-(\d{1,4})-([0-9a-f]{8})\.jpg$/;

/** How far apart pictures are in a time of some length. */
export function stepSecondsFor(lengthMs: number): number {
  return STEPS_SECONDS.find((step) => lengthMs <= step * 1000 * MOST_PICTURES) ?? LONGEST_STEP_SECONDS;
}

/** The sheet that shows a moment, and the place in it. */
export function placeOf(
  atWallMs: number,
  stepSeconds: number,
): { readonly startSeconds: number; readonly place: number } {
  const step = Math.floor(atWallMs / (stepSeconds * 1000));
  const sheet = Math.floor(step / PLACES);
  return { startSeconds: sheet * PLACES * stepSeconds, place: step - sheet * PLACES };
}

export function spanOf({ startSeconds, stepSeconds }: Omit<PreviewSheet, 'kind'>): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  const fromMs = startSeconds * 1000;
  return { fromMs, toMs: fromMs + PLACES * stepSeconds * 1000 };
}

export function sheetName({ startSeconds, stepSeconds, kind }: PreviewSheet): string {
  return `sprite-${startSeconds}-${stepSeconds}-${kind}.jpg`;
}

/** Undefined for a name that is none of a sheet. */
export function sheetOf(name: string): PreviewSheet | undefined {
  const [matched, start, step, kind = ''] = NAME.exec(name) ?? [];
  const [startSeconds, stepSeconds] = [Number(start), Number(step)];
  const isStep = STEPS_SECONDS.some((each) => each === stepSeconds);
  if (matched === undefined || !isStep || startSeconds % (PLACES * stepSeconds) !== 0) return undefined;
  return { startSeconds, stepSeconds, kind };
}
