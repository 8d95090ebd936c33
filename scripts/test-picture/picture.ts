import { clockText, drawClockCells, drawText } from './clock.ts';
import { createFrame, type Frame, fillGrey, WHITE } from './frame.ts';
import { Scenery } from './scenery.ts';
import { isBeep } from './tone.ts';

/** Draws the moving picture. All frames share one buffer: what was drawn must be copied before the next is. */
export class Picture {
  readonly #frame: Frame;
  readonly #scenery: Scenery;

  constructor(width: number, height: number) {
    this.#frame = createFrame(width, height);
    this.#scenery = new Scenery(width, height);
  }

  /** `elapsedMs` since the first frame moves water and marks; `unixMs` is what the clock shows. */
  draw(elapsedMs: number, unixMs: number): Frame {
    const frame = this.#frame;
    const { width, height } = frame;
    const unit = Math.floor(width / 64);
    this.#scenery.paint(frame, elapsedMs / 1000);
    const sweep = Math.floor(((elapsedMs % 2000) / 2000) * (width - unit));
    fillGrey(frame, sweep, Math.floor(height / 2) - unit, unit, unit, WHITE);
    drawText(frame, clockText(unixMs), Math.floor(height * 0.22), Math.max(2, Math.floor(unit / 2)));
    if (isBeep(elapsedMs)) fillGrey(frame, width - 5 * unit, 2 * unit, 3 * unit, 3 * unit, WHITE);
    drawClockCells(frame, unixMs);
    return frame;
  }
}
