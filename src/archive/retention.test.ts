import { describe, expect, it } from 'vitest';
import { slicesToDelete } from './retention.ts';

/** Five slices of a minute and 100 bytes each, of ten segments; the last is being written. */
const slices = [0, 1, 2, 3, 4].map((index) => ({
  first: index * 10,
  lastNumber: index * 10 + 9,
  endMs: (index + 1) * 60_000,
  sizeBytes: 100,
  isEnded: index < 4,
}));

const firsts = (keep: Partial<Parameters<typeof slicesToDelete>[2]>, totalBytes = 500) =>
  slicesToDelete(slices, totalBytes, { keepFromMs: 0, keepBytes: 0, pins: [], ...keep }).map(({ first }) => first);

describe('slicesToDelete', () => {
  it.each([
    ['nothing is asked for', {}, []],
    ['a slice ended before', { keepFromMs: 120_000 }, [0, 10]],
    ['a slice reaches into what is kept', { keepFromMs: 119_999 }, [0]],
    ['all are old, but one is written', { keepFromMs: 1e9 }, [0, 10, 20, 30]],
    ['there is too much', { keepBytes: 250 }, [0, 10, 20]],
    ['there is just as much as may be', { keepBytes: 500 }, []],
    ['the one that is written is too much by itself', { keepBytes: 1 }, [0, 10, 20, 30]],
    ['both count', { keepBytes: 400, keepFromMs: 120_000 }, [0, 10]],
    ['a pin holds one of its segments', { keepFromMs: 1e9, pins: [{ from: 19, to: 20 }] }, [0, 30]],
    ['a pin holds all from there', { keepFromMs: 1e9, pins: [{ from: 25, to: Number.POSITIVE_INFINITY }] }, [0, 10]],
    ['a pin holds more than may be', { keepBytes: 300, pins: [{ from: 0, to: 5 }] }, [10, 20]],
  ])('%s', (_, keep, expected) => expect(firsts(keep)).toEqual(expected));

  it('counts what the days after have, too', () => expect(firsts({ keepBytes: 1000 }, 1150)).toEqual([0, 10]));
});
