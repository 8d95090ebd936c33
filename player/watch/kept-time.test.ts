import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isKept, joined, nearestKept, nextStart, readKeptTime, within } from './kept-time.ts';

const span = (startMs: number, endMs: number) => ({ startMs, endMs });
const SPANS = [span(10_000, 30_000), span(50_000, 90_000)];

describe('readKeptTime', () => {
  const timeline = [
    { start: 50, end: 90 },
    { start: 10, end: 30 },
  ];

  it('puts the times in order', () => {
    expect(readKeptTime({ current: 92, timeline }, 90_000)).toEqual({ spans: SPANS, isGrowing: true, aheadMs: 2000 });
  });

  it('knows a stream that is over', () => {
    expect(readKeptTime({ current: 200, timeline }, 0)?.isGrowing).toBe(false);
    expect(readKeptTime({ current: 200, timeline: [] }, 0)).toMatchObject({ spans: [], isGrowing: false });
  });

  it.each([undefined, null, 7, {}, { current: 1 }, { timeline }, { current: '1', timeline }])(
    'refuses %j',
    (answer) => {
      expect(readKeptTime(answer, 0)).toBeUndefined();
    },
  );

  it('leaves out what is no time', () => {
    const odd = [null, { start: 5, end: 5 }, { start: '1', end: 2 }, { start: 0, end: Number.POSITIVE_INFINITY }];
    expect(readKeptTime({ current: 9, timeline: odd }, 0)?.spans).toEqual([]);
    fc.assert(
      fc.property(fc.array(fc.anything()), (any) => {
        const { spans } = readKeptTime({ current: 9, timeline: any }, 0)!;
        return spans.every(({ startMs, endMs }) => startMs < endMs);
      }),
    );
  });
});

describe('kept time', () => {
  it('joins what touches', () => {
    expect(joined([span(5, 7), span(0, 3), span(3, 4)])).toEqual([span(0, 4), span(5, 7)]);
    expect(joined([span(0, 9), span(2, 3)])).toEqual([span(0, 9)]);
    expect(joined([span(0, 4), span(5, 7)], 1)).toEqual([span(0, 7)]);
  });

  it('cuts a part out', () => {
    expect(within(SPANS, span(20_000, 60_000))).toEqual([span(20_000, 30_000), span(50_000, 60_000)]);
    expect(within(SPANS, span(30_000, 50_000))).toEqual([]);
  });

  it.each([
    [20_000, 'forward', 20_000],
    [40_000, 'forward', 50_000],
    [40_000, 'back', 25_000],
    [5000, 'back', 10_000],
    [95_000, 'forward', 85_000],
  ] as const)('finds what is nearest to %d, %s', (atMs, direction, expected) => {
    expect(nearestKept(SPANS, atMs, direction)).toBe(expected);
  });

  it('finds nothing in nothing', () => expect(nearestKept([], 1, 'back')).toBeUndefined());

  it('knows what is next and what is kept', () => {
    expect(nextStart(SPANS, 30_000)).toBe(50_000);
    expect(nextStart(SPANS, 50_000)).toBeUndefined();
    expect([40_000, 50_000].map((atMs) => isKept(SPANS, atMs))).toEqual([false, true]);
  });
});
