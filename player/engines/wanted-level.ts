/** Of what a line is measured to carry, so much is taken before a level is left, and before a better one is tried. */
const DOWN_SHARE = 0.95;
const UP_SHARE = 0.7;

/**
 * The level that a line has room for.
 *
 * @param bitrates of the levels in bits per second, ascending
 * @param estimate of the line, in bits per second
 */
export function wantedLevel(bitrates: readonly number[], current: number, estimate: number): number {
  if (!Number.isFinite(estimate) || estimate <= 0) return current;
  const fitting = bitrates.findLastIndex((bitrate, level) => {
    return bitrate <= estimate * (level > current ? UP_SHARE : DOWN_SHARE);
  });
  return Math.max(0, fitting);
}
