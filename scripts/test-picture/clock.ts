import { CLOCK_CELLS_PER_WIDTH, encodeClock } from '../../player/clock-pattern/index.ts';
import { GLYPH_COLUMNS, GLYPH_ROWS, glyphOf } from './font.ts';
import { BLACK, type Frame, fillGrey, WHITE } from './frame.ts';

/** Draws the row of cells that the player reads the clock from (player/clock-pattern has the rule). */
export function drawClockCells(frame: Frame, unixMs: number): void {
  const size = Math.floor(frame.width / CLOCK_CELLS_PER_WIDTH);
  encodeClock(unixMs).forEach((isWhite, index) => {
    fillGrey(frame, index * size, 0, size, size, isWhite ? WHITE : BLACK);
  });
}

/** The machine's own time of day, as a person reads it: HH:MM:SS.mmm. */
export function clockText(unixMs: number): string {
  const date = new Date(unixMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Draws text on a black box, centred in the picture's width, its top at `y`; a dot of a letter is `dot` pixels. */
export function drawText(frame: Frame, text: string, y: number, dot: number): void {
  const columns = text.length * (GLYPH_COLUMNS + 1) + 1;
  const left = Math.floor((frame.width - columns * dot) / 2);
  fillGrey(frame, left - dot, y - 2 * dot, (columns + 2) * dot, (GLYPH_ROWS + 4) * dot, BLACK);
  [...text].forEach((character, index) => {
    const x = left + (index * (GLYPH_COLUMNS + 1) + 1) * dot;
    glyphOf(character).forEach((row, rowIndex) => {
      row.forEach((isWhite, column) => {
        if (isWhite) fillGrey(frame, x + column * dot, y + rowIndex * dot, dot, dot, WHITE);
      });
    });
  });
}
