import { describe, expect, it } from 'vitest';
import { CLOCK_CELL_COUNT, decodeClock } from '../../player/clock-pattern/index.ts';
import { clockText, drawText } from './clock.ts';
import { BLACK, createFrame, type Frame, fillColour, fillGrey, WHITE } from './frame.ts';
import { Picture } from './picture.ts';
import { SAMPLE_RATE, toneSamples } from './tone.ts';

const lumaAt = ({ bytes, width }: Frame, x: number, y: number) => bytes[y * width + x]!;

/** Reads the cells as a player does: the middle of each. */
function readClock(frame: Frame): number | undefined {
  const size = frame.width / 64;
  const middle = (index: number) => Math.floor((index + 0.5) * size);
  return decodeClock(Array.from({ length: CLOCK_CELL_COUNT }, (_, i) => lumaAt(frame, middle(i), middle(0)) > 128));
}

describe('Picture', () => {
  const sizes = [
    [1280, 720],
    [640, 360],
    [320, 180],
  ] as const;

  it.each(sizes)('shows a clock that the player reads, at %ix%i', (width, height) => {
    const picture = new Picture(width, height);
    for (const unixMs of [0, 1, 1_763_660_000_000, 2 ** 42 - 1]) {
      expect(readClock(picture.draw(unixMs % 5000, unixMs))).toBe(unixMs);
    }
  });

  it('draws square cells of a 64th of the width from the very corner', () => {
    const frame = new Picture(1280, 720).draw(500, 0);
    const corners = [0, 19].flatMap((y) => [0, 19, 20, 39, 40, 59].map((x) => lumaAt(frame, x, y)));
    const row = [WHITE, WHITE, BLACK, BLACK, WHITE, WHITE];
    expect(corners).toEqual([...row, ...row]);
    expect(lumaAt(frame, 0, 20)).not.toBe(WHITE);
  });

  it('moves', () => {
    const picture = new Picture(320, 180);
    const before = picture.draw(0, 0).bytes.slice();
    const after = picture.draw(33, 0).bytes;
    expect(after.filter((value, index) => value !== before[index]).length).toBeGreaterThan(320 * 20);
  });

  it('shows a white square while the sound beeps', () => {
    const picture = new Picture(640, 360);
    const square = (elapsedMs: number) => lumaAt(picture.draw(elapsedMs, 0), 640 - 30, 40);
    expect([0, 99, 100, 999, 1000].map((elapsedMs) => square(elapsedMs) === WHITE)).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
  });
});

describe('drawText', () => {
  it('draws digits of white dots on black', () => {
    const frame = createFrame(64, 32);
    drawText(frame, '1', 8, 2);
    const left = Math.floor((64 - 7 * 2) / 2) + 2;
    const rows = Array.from({ length: 7 }, (_, row) =>
      Array.from({ length: 5 }, (_, column) =>
        lumaAt(frame, left + column * 2, 8 + row * 2) === WHITE ? '#' : ' ',
      ).join(''),
    );
    expect(rows).toEqual(['  #  ', ' ##  ', '  #  ', '  #  ', '  #  ', '  #  ', ' ### ']);
  });
});

describe('clockText', () => {
  it.each([
    [new Date(2026, 0, 2, 3, 4, 5, 6), '03:04:05.006'],
    [new Date(2026, 0, 2, 23, 59, 59, 999), '23:59:59.999'],
  ])('writes %s', (date, text) => {
    expect(clockText(date.getTime())).toBe(text);
  });
});

describe('frame', () => {
  it('refuses odd sides', () => {
    expect(() => createFrame(641, 360)).toThrow(RangeError);
  });

  it('cuts off what lies outside', () => {
    const frame = createFrame(4, 4);
    fillColour(frame, [-2, -2, 4, 4], [1, 2, 3]);
    fillGrey(frame, 2, 2, 9, 9, WHITE);
    const luma = [1, 1, 128, 128, 1, 1, 128, 128, 128, 128, WHITE, WHITE, 128, 128, WHITE, WHITE];
    expect([...frame.bytes]).toEqual([...luma, 2, 128, 128, 128, 3, 128, 128, 128]);
  });
});

describe('toneSamples', () => {
  it('goes on without a seam, loud in the first 100 ms of a second', () => {
    const whole = toneSamples(0, SAMPLE_RATE);
    expect([...toneSamples(0, 700), ...toneSamples(700, SAMPLE_RATE)]).toEqual([...whole]);
    const view = new DataView(whole.buffer);
    const peak = (fromMs: number, toMs: number) => {
      const samples = Array.from({ length: (toMs - fromMs) * 48 }, (_, i) =>
        view.getInt16((fromMs * 48 + i) * 4, true),
      );
      return Math.max(...samples);
    };
    expect(peak(0, 100)).toBeGreaterThan(8000);
    expect(peak(100, 1000)).toBeLessThan(1000);
  });
});
