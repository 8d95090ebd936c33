/** How many events a page keeps. */
export const KEPT = 500;

/** Those that came last, the newest first, and no more than are kept; `fresh` has the oldest first. */
export function newest<Item>(fresh: readonly Item[], before: readonly Item[], kept = KEPT): readonly Item[] {
  return [...fresh.slice(-kept).toReversed(), ...before].slice(0, kept);
}

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/** How long to wait after so many failures in a row, 1 s to 30 s; `chance` (0 to 1) keeps consoles apart. */
export function backoffMs(failures: number, chance: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return longest * (0.5 + chance / 2);
}
