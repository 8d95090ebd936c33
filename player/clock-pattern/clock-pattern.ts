/**
 * The clock in the demo picture, readable by a program: one row of square cells at the top left.
 *
 *   cell   0 1 2   3 ........................ 44   45 46 47
 *          W B W   Unix time in ms, first bit high   white bits mod 8
 *
 * A cell is 1/64 of the picture's width, wide and high. White is 1.
 */
export const CLOCK_CELL_COUNT = 48;

/** The picture's width in cells; the row fills three quarters of it. */
export const CLOCK_CELLS_PER_WIDTH = 64;

const MARKERS: readonly boolean[] = [true, false, true];
const TIME_BITS = 42;
const CHECK_BITS = 3;

/** The cells for a Unix time in ms, white as true; throws RangeError outside 42 bits (the year 2109). */
export function encodeClock(unixMs: number): boolean[] {
  if (!Number.isSafeInteger(unixMs) || unixMs < 0 || unixMs >= 2 ** TIME_BITS) {
    throw new RangeError(`the clock pattern holds 0 to 2^${TIME_BITS} - 1 ms, not ${unixMs}`);
  }
  const time = toBits(unixMs, TIME_BITS);
  return [...MARKERS, ...time, ...toBits(countWhite(time) % 2 ** CHECK_BITS, CHECK_BITS)];
}

/** The Unix time in ms, or undefined where the markers, the number of cells or the check don't fit. */
export function decodeClock(cells: readonly boolean[]): number | undefined {
  if (cells.length !== CLOCK_CELL_COUNT) return undefined;
  if (!MARKERS.every((marker, index) => cells[index] === marker)) return undefined;
  const time = cells.slice(MARKERS.length, MARKERS.length + TIME_BITS);
  const check = fromBits(cells.slice(MARKERS.length + TIME_BITS));
  return countWhite(time) % 2 ** CHECK_BITS === check ? fromBits(time) : undefined;
}

function toBits(value: number, width: number): boolean[] {
  return Array.from({ length: width }, (_, index) => Math.floor(value / 2 ** (width - 1 - index)) % 2 === 1);
}

function fromBits(bits: readonly boolean[]): number {
  return bits.reduce((value, bit) => value * 2 + (bit ? 1 : 0), 0);
}

function countWhite(bits: readonly boolean[]): number {
  return bits.filter(Boolean).length;
}
