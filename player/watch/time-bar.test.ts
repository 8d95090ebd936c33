import { describe, expect, it } from 'vitest';
import {
  type BarFacts,
  drawnSpans,
  goalAt,
  isGap,
  shareAt,
  stepTo,
  type TimeBar,
  timeAt,
  wholeBar,
  zoomed,
} from './time-bar.ts';

const HOUR = 3_600_000;
const NOW = 100 * HOUR;

/** A window of a minute whose seconds are those of the wall clock from 99 h 59 min on. */
const windowAt = (positionS: number, more: { isBack?: boolean; isPast?: boolean; hasClock?: boolean } = {}) => ({
  startS: 0,
  endS: 60,
  positionS,
  isBack: false,
  isPast: false,
  ...more,
  wallMsAt: (atS: number) => (more.hasClock === false ? undefined : NOW - 60_000 + atS * 1000),
  positionAt: () => undefined,
});

const KEPT = {
  spans: [
    { startMs: 10 * HOUR, endMs: 20 * HOUR },
    { startMs: 90 * HOUR, endMs: NOW - 4000 },
  ],
  isGrowing: true,
  aheadMs: 0,
};

const FACTS: BarFacts = {
  window: undefined,
  kept: undefined,
  comingMs: undefined,
  isPast: false,
  isPlaying: true,
  nowMs: NOW,
};

const barOf = (facts: Partial<BarFacts>) => wholeBar({ ...FACTS, ...facts })!;

describe('wholeBar', () => {
  it('is the window of live without time shift', () => {
    const bar = barOf({ window: windowAt(40, { hasClock: false }) });
    expect(bar).toMatchObject({ startMs: 0, endMs: 60_000, positionMs: 40_000, isWallClock: false, isBack: false });
    expect(bar.spans).toEqual([{ startMs: 0, endMs: 60_000 }]);
  });

  it('is not there where there is nothing to go back to', () => {
    expect(wholeBar(FACTS)).toBeUndefined();
    expect(wholeBar({ ...FACTS, window: { ...windowAt(1), endS: 5 } })).toBeUndefined();
    expect(wholeBar({ ...FACTS, kept: { ...KEPT, spans: [], isGrowing: false } })).toBeUndefined();
  });

  it('is all that was kept, up to the newest of live', () => {
    const bar = barOf({ window: windowAt(60), kept: KEPT });
    expect(bar).toMatchObject({ oldestMs: 10 * HOUR, newestMs: NOW, positionMs: NOW, isLive: true, isBack: false });
    expect(bar.spans).toEqual([KEPT.spans[0], { startMs: 90 * HOUR, endMs: NOW }]);
  });

  it('has the live window where nothing is archived yet', () => {
    const bar = barOf({ window: windowAt(60), kept: { ...KEPT, spans: [], isGrowing: false } });
    expect(bar).toMatchObject({ oldestMs: NOW - 60_000, newestMs: NOW, isLive: true });
  });

  it('goes on growing while the past is played', () => {
    const wallMsAt = (atS: number) => 15 * HOUR + atS * 1000;
    const past = { ...windowAt(0, { isPast: true, isBack: true }), wallMsAt };
    const bar = barOf({ window: past, kept: KEPT, isPast: true, nowMs: NOW + HOUR });
    expect(bar).toMatchObject({ newestMs: NOW + HOUR, positionMs: 15 * HOUR, isBack: true });
  });

  it('goes by the clock of the server', () => {
    expect(barOf({ kept: { ...KEPT, aheadMs: HOUR } }).newestMs).toBe(NOW + HOUR);
  });

  it('ends with what was kept of a stream that is over, and nothing plays', () => {
    const bar = barOf({ kept: { ...KEPT, isGrowing: false }, isPlaying: false });
    expect(bar).toMatchObject({ newestMs: NOW - 4000, isLive: false, positionMs: undefined });
  });

  it('shows a moment that is on its way', () => {
    expect(barOf({ window: windowAt(60), kept: KEPT, comingMs: 11 * HOUR })).toMatchObject({
      positionMs: 11 * HOUR,
      isBack: true,
    });
  });
});

describe('zoomed', () => {
  const whole = (positionMs: number): TimeBar => ({ ...barOf({ kept: KEPT }), positionMs });

  it('is the newest part while that is what plays', () => {
    const bar = zoomed(whole(NOW - 1000), HOUR);
    expect(bar).toMatchObject({ startMs: 99 * HOUR, endMs: NOW, oldestMs: 10 * HOUR });
    expect(bar.spans).toEqual([{ startMs: 99 * HOUR, endMs: NOW }]);
  });

  it('has a position of long ago well inside, and stands still for a while', () => {
    for (let positionMs = 10 * HOUR; positionMs < 95 * HOUR; positionMs += 777_777) {
      const bar = zoomed(whole(positionMs), 6 * HOUR);
      if (bar.endMs !== NOW) expect(Math.abs(shareAt(bar, positionMs) - 0.5)).toBeLessThanOrEqual(0.25);
    }
    expect(zoomed(whole(30.1 * HOUR), 6 * HOUR).startMs).toBe(zoomed(whole(32.9 * HOUR), 6 * HOUR).startMs);
  });

  it('is all where all is shorter', () => expect(zoomed(whole(NOW), 1000 * HOUR)).toEqual(whole(NOW)));
});

describe('places of a bar', () => {
  const bar = barOf({ window: windowAt(30), kept: KEPT });

  it.each([
    [10 * HOUR, 0],
    [55 * HOUR, 0.5],
    [NOW, 1],
    [0, 0],
    [200 * HOUR, 1],
  ])('%d is at %d', (atMs, share) => expect(shareAt(bar, atMs)).toBe(share));

  it('lead back to the same time', () => expect(timeAt(bar, shareAt(bar, 46 * HOUR))).toBeCloseTo(46 * HOUR, 3));

  it.each([
    [NOW, undefined],
    [NOW - 1000, undefined],
    [NOW - 2000, NOW - 2000],
    [15 * HOUR, 15 * HOUR],
    [50 * HOUR, 90 * HOUR],
  ])('pointed at %d lead to %s', (atMs, goal) => expect(goalAt(bar, atMs)).toBe(goal));

  it('lead to the last bit of what is over', () => {
    const over = barOf({ kept: { ...KEPT, isGrowing: false }, isPlaying: false });
    expect(goalAt(over, over.newestMs)).toBe(over.newestMs - 5000);
  });

  it('may be empty', () => expect([15, 50, 95].map((hour) => isGap(bar, hour * HOUR))).toEqual([false, true, false]));

  it.each([
    ['ArrowLeft', NOW - 35_000],
    ['ArrowRight', NOW - 25_000],
    ['PageDown', NOW - 30_000 - 4.5 * HOUR],
    ['PageUp', NOW],
    ['Home', 10 * HOUR],
    ['End', NOW],
    ['Enter', undefined],
    ['constructor', undefined],
  ])('%s leads to %s', (key, atMs) => expect(stepTo(bar, bar, key)).toBe(atMs));

  it('a page is never shorter than half a minute', () => {
    expect(stepTo(bar, { startMs: NOW - 60_000, endMs: NOW }, 'PageDown')).toBe(NOW - 60_000);
  });
});

describe('drawnSpans', () => {
  it('has gaps that can be seen, and how far each was played', () => {
    const bar: TimeBar = {
      ...barOf({ kept: KEPT }),
      startMs: 0,
      endMs: 100_000,
      spans: [
        { startMs: 0, endMs: 20_000 },
        { startMs: 20_050, endMs: 40_000 },
        { startMs: 60_000, endMs: 100_000 },
      ],
    };
    expect(drawnSpans(bar, 80_000)).toEqual([
      { left: 0, width: 0.4, played: 1 },
      { left: 0.6, width: 0.4, played: 0.5 },
    ]);
    expect(drawnSpans(bar, undefined)[0]?.played).toBe(0);
  });
});
