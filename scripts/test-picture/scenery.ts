import { chromaOffsets, createFrame, type Frame, fillColour } from './frame.ts';

// The eight bars of an SMPTE test picture at 75 %, as luma, Cb and Cr of BT.709.
const BARS = [
  [180, 128, 128],
  [168, 44, 136],
  [145, 147, 44],
  [133, 63, 52],
  [63, 193, 204],
  [51, 109, 212],
  [28, 212, 120],
  [16, 128, 128],
] as const;

const HORIZON = 0.5;

/** Colour bars above a river whose water runs the faster the nearer it is. */
export class Scenery {
  readonly #still: Frame;
  readonly #water: Frame;
  readonly #firstWaterRow: number;

  constructor(width: number, height: number) {
    this.#still = createFrame(width, height);
    this.#water = createFrame(width, height);
    this.#firstWaterRow = Math.floor((height * HORIZON) / 2) * 2;
    this.#paintBars();
    this.#paintWater();
  }

  /** Paints all of the picture as it is after that many seconds. */
  paint(frame: Frame, seconds: number): void {
    const { width, height } = frame;
    frame.bytes.set(this.#still.bytes);
    this.#run(frame, 0, width, this.#firstWaterRow, height, seconds, 1);
    for (const offset of chromaOffsets(frame)) {
      this.#run(frame, offset, width / 2, this.#firstWaterRow / 2, height / 2, seconds, 0.5);
    }
  }

  /** Copies the rows of one plane, each turned by its own distance. */
  #run(frame: Frame, offset: number, stride: number, from: number, to: number, seconds: number, scale: number): void {
    const { bytes } = this.#water;
    for (let row = from; row < to; row += 1) {
      const nearness = (row - from) / (to - from);
      const pixels = Math.floor(seconds * frame.width * (0.02 + 0.3 * nearness * nearness)) * scale;
      const turn = Math.floor(pixels) % stride;
      const start = offset + row * stride;
      frame.bytes.set(bytes.subarray(start, start + stride - turn), start + turn);
      frame.bytes.set(bytes.subarray(start + stride - turn, start + stride), start);
    }
  }

  #paintBars(): void {
    const { width } = this.#still;
    BARS.forEach((colour, index) => {
      const left = Math.floor((width * index) / BARS.length / 2) * 2;
      const right = Math.floor((width * (index + 1)) / BARS.length / 2) * 2;
      fillColour(this.#still, [left, 0, right - left, this.#firstWaterRow], colour);
    });
  }

  /** Waves whose lengths divide the width, so that a row that is turned has no seam. */
  #paintWater(): void {
    const { width, height, bytes } = this.#water;
    const [cb, cr] = chromaOffsets(this.#water);
    for (let row = this.#firstWaterRow; row < height; row += 1) {
      const nearness = (row - this.#firstWaterRow) / (height - this.#firstWaterRow);
      const waves = Math.round(18 - 12 * nearness);
      for (let x = 0; x < width; x += 1) {
        const angle = (2 * Math.PI * x) / width;
        const swell = Math.sin(angle * waves + row * 0.35) + 0.5 * Math.sin(angle * waves * 3 - row * 0.8);
        const glitter = Math.max(0, Math.sin(angle * waves * 7 + row * 2.1)) ** 8;
        bytes[row * width + x] = 70 + 50 * nearness + 24 * swell + 50 * glitter;
        if (row % 2 === 0 && x % 2 === 0) {
          const chroma = (row / 2) * (width / 2) + x / 2;
          bytes[cb + chroma] = 158 - 14 * nearness;
          bytes[cr + chroma] = 104 + 6 * nearness;
        }
      }
    }
  }
}
