import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Picture, planPictures } from './picture-plan.ts';

/** Pictures in decode order from their display order: `I2 B0 B1 P5` shows 0 1 2 5; an `i` is a key frame, no IDR. */
function pictures(text: string): Picture[] {
  return text.split(' ').map((word, index) => ({
    dtsTicks: index - 2,
    ptsTicks: Number(word.slice(1)),
    durationTicks: 1,
    isIdr: word.startsWith('I'),
  }));
}

const PLAIN = pictures('I0 P1 P2 P3 I4 P5 P6 P7 I8 P9');
const REORDERED = pictures('I0 P3 B1 B2 P6 B4 B5 I7 P10 B8 B9 P13 B11 B12 I14');

describe('planPictures', () => {
  it.each([
    ['whole groups', PLAIN, 0, 8, { copied: { from: 0, to: 8 } }],
    ['a beginning', PLAIN, 2, 8, { lead: { decoded: { from: 0, to: 4 }, shown: [2, 3] }, copied: { from: 4, to: 8 } }],
    ['an end without encoding', PLAIN, 4, 7, { copied: { from: 4, to: 7 } }],
    ['within a group', PLAIN, 5, 7, { lead: { decoded: { from: 4, to: 7 }, shown: [5, 6] } }],
    [
      'over one key frame',
      PLAIN,
      3,
      5,
      { lead: { decoded: { from: 0, to: 4 }, shown: [3] }, copied: { from: 4, to: 5 } },
    ],
    ['everything', PLAIN, -5, 50, { copied: { from: 0, to: 10 } }],
    ['an end that nothing follows', REORDERED, 0, 4, { copied: { from: 0, to: 4 } }],
    [
      'an end that needs what is behind it',
      REORDERED,
      0,
      5,
      { copied: { from: 0, to: 4 }, tail: { decoded: { from: 0, to: 6 }, shown: [5] } },
    ],
    [
      'an end in the first pictures of a group',
      REORDERED,
      0,
      9,
      { copied: { from: 0, to: 8 }, tail: { decoded: { from: 7, to: 10 }, shown: [9] } },
    ],
    ['a beginning out of order', REORDERED, 2, 7, { lead: { decoded: { from: 0, to: 7 }, shown: [3, 1, 5, 6, 4] } }],
    [
      'a group of which only the beginning is shown',
      REORDERED,
      6,
      8,
      { lead: { decoded: { from: 0, to: 5 }, shown: [4] }, copied: { from: 7, to: 8 } },
    ],
  ] as const)('%s', (_, source, from, to, plan) => {
    expect(planPictures(source, from, to)).toEqual({ ...plan, lost: 0 });
  });

  it('begins at no key frame that others need the past of', () => {
    const open = pictures('I0 P1 i4 B2 B3 P5 I6 P7');
    const lead = { decoded: { from: 0, to: 6 }, shown: [4, 2, 5] };
    expect(planPictures(open, 3, 8)).toEqual({
      lead: { ...lead, shown: [4, 2, 5] },
      copied: { from: 6, to: 8 },
      lost: 0,
    });
  });

  it('copies nothing that is shown behind what has to be encoded', () => {
    const tail = { decoded: { from: 0, to: 4 }, shown: [3, 1] };
    expect(planPictures(pictures('I0 P4 P9 B2'), 0, 5)).toEqual({ copied: { from: 0, to: 1 }, tail, lost: 0 });
  });

  it('counts what has no key frame before it', () => {
    const late = pictures('P0 P1 I2 P3');
    expect(planPictures(late, 0, 4)).toEqual({ copied: { from: 2, to: 4 }, lost: 2 });
    expect(planPictures(pictures('P0 P1'), 0, 4)).toEqual({ lost: 2 });
    expect(planPictures([], 0, 4)).toEqual({ lost: 0 });
  });

  it('has each picture that is shown once, in order, from any source', () => {
    const group = fc.array(fc.constantFrom(1, 2, 3, 4), { minLength: 1, maxLength: 4 });
    const source = fc.array(group, { minLength: 1, maxLength: 4 }).map(decodeOrder);
    fc.assert(
      fc.property(source, fc.nat(40), fc.nat(40), (all, from, length) => {
        const { lead, copied, tail, lost } = planPictures(all, from, from + length);
        const copies = copied ? all.slice(copied.from, copied.to) : [];
        const shownBy = (edge: typeof lead) => edge?.shown.map((index) => all[index]!) ?? [];
        const orders = [
          ...shownBy(lead).map(({ ptsTicks }) => ptsTicks),
          ...copies.map(({ ptsTicks }) => ptsTicks).sort((a, b) => a - b),
          ...shownBy(tail).map(({ ptsTicks }) => ptsTicks),
        ];
        const wanted = all.map(({ ptsTicks }) => ptsTicks).filter((pts) => pts >= from && pts < from + length);
        expect(orders).toEqual(wanted.sort((a, b) => a - b));
        expect(lost).toBe(0);
        if (copied) expect(all[copied.from]?.isIdr).toBe(true);
        for (const edge of [lead, tail]) {
          if (!edge) continue;
          expect(all[edge.decoded.from]?.isIdr).toBe(true);
          for (const index of edge.shown) expect(index).toBeLessThan(edge.decoded.to);
        }
      }),
    );
  });
});

/** Groups of an IDR picture and mini groups: a P picture and so many before it in display. */
function decodeOrder(groups: readonly number[][]): Picture[] {
  const all: Omit<Picture, 'dtsTicks'>[] = [];
  for (const group of groups) {
    all.push({ ptsTicks: all.length, durationTicks: 1, isIdr: true });
    for (const size of group) {
      const first = all.length;
      const order = [size - 1, ...Array.from({ length: size - 1 }, (_, index) => index)];
      for (const place of order) all.push({ ptsTicks: first + place, durationTicks: 1, isIdr: false });
    }
  }
  return all.map((picture, index) => ({ ...picture, dtsTicks: index - 1 }));
}
