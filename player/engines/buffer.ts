/** Where the newest media is: `behindS` counts from the playing position to its end. */
export type LiveGap = {
  readonly startS: number;
  readonly endS: number;
  readonly behindS: number;
  /** The playing position is outside the newest range, so playing on would stall. */
  readonly isAcrossGap: boolean;
};

/** As much of TimeRanges as is read here. */
export type Ranges = Pick<TimeRanges, 'length' | 'start' | 'end'>;

const EDGE_S = 0.1;

/** The newest buffered range seen from the playing position; undefined when nothing is buffered. */
export function liveGap(ranges: Ranges, positionS: number): LiveGap | undefined {
  if (ranges.length === 0) return undefined;
  const startS = ranges.start(ranges.length - 1);
  const endS = ranges.end(ranges.length - 1);
  const isAcrossGap = positionS < startS && !hasMediaAhead(ranges, positionS);
  return { startS, endS, behindS: Math.max(0, endS - positionS), isAcrossGap };
}

/** Media that plays from here without a break, in ms. */
export function bufferedAheadMs(ranges: Ranges, positionS: number): number {
  for (let i = 0; i < ranges.length; i += 1) {
    if (positionS >= ranges.start(i) - EDGE_S && positionS <= ranges.end(i)) return (ranges.end(i) - positionS) * 1000;
  }
  return 0;
}

function hasMediaAhead(ranges: Ranges, positionS: number): boolean {
  return bufferedAheadMs(ranges, positionS) > EDGE_S * 1000;
}
