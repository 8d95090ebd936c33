import { CLOCK_CELL_COUNT, CLOCK_CELLS_PER_WIDTH, decodeClock } from '../clock-pattern/index.ts';

const SAMPLE_PX = 8;
const MID_GREY = 128;
const OLDEST_MS = 10 * 60_000;
const NEWEST_MS = -5000;

/** Reads the demo picture's clock from a video; the time from drawing to showing is true glass-to-glass latency. */
export class ClockReader {
  readonly #video: () => HTMLVideoElement;
  readonly #context: CanvasRenderingContext2D | null;

  /** @param video the element that is seen at the moment */
  constructor(video: () => HTMLVideoElement) {
    this.#video = video;
    const canvas = document.createElement('canvas');
    canvas.width = CLOCK_CELL_COUNT * SAMPLE_PX;
    canvas.height = SAMPLE_PX;
    this.#context = canvas.getContext('2d', { willReadFrequently: true });
  }

  /** Latency of the picture shown now in ms, or undefined when it carries no clock that fits. */
  latencyMs(nowMs: number): number | undefined {
    const cells = this.#cells();
    const drawnAt = cells && decodeClock(cells);
    if (drawnAt === undefined) return undefined;
    const latency = nowMs - drawnAt;
    return latency > NEWEST_MS && latency < OLDEST_MS ? latency : undefined;
  }

  #cells(): boolean[] | undefined {
    const cell = this.#video().videoWidth / CLOCK_CELLS_PER_WIDTH;
    if (!this.#context || cell < 2) return undefined;
    try {
      const { canvas } = this.#context;
      this.#context.drawImage(this.#video(), 0, 0, cell * CLOCK_CELL_COUNT, cell, 0, 0, canvas.width, canvas.height);
      const { data } = this.#context.getImageData(0, SAMPLE_PX / 2, canvas.width, 1);
      return Array.from({ length: CLOCK_CELL_COUNT }, (_, index) => isWhite(data, index));
    } catch {
      // A picture from another origin without CORS may be shown but not read.
      return undefined;
    }
  }
}

function isWhite(row: Uint8ClampedArray, index: number): boolean {
  const at = (index * SAMPLE_PX + SAMPLE_PX / 2) * 4;
  return ((row[at] ?? 0) + (row[at + 1] ?? 0) + (row[at + 2] ?? 0)) / 3 > MID_GREY;
}
