import { describe, expect, it } from 'vitest';
import { ViewingMeter } from './viewing-meter.ts';

type Step = readonly [at: number, what: 'want' | 'play' | 'stall' | 'rest'];

function totalsAfter(steps: readonly Step[], until: number) {
  const meter = new ViewingMeter();
  for (const [at, what] of steps) meter[what](at);
  return meter.totals(until);
}

const cases: readonly [name: string, steps: Step[], until: number, expected: object][] = [
  ['nothing happened', [], 900, { watchedMs: 0, stalledMs: 0, stalls: 0, errors: [] }],
  ['still starting', [[100, 'want']], 900, { watchedMs: 0, stalledMs: 0, stalls: 0 }],
  [
    'started',
    [
      [100, 'want'],
      [520, 'play'],
    ],
    1520,
    { startupMs: 420, watchedMs: 1000, stalledMs: 0 },
  ],
  [
    'wanted twice',
    [
      [100, 'want'],
      [300, 'want'],
      [500, 'play'],
    ],
    500,
    { startupMs: 400 },
  ],
  [
    'a stall before the first picture',
    [
      [0, 'want'],
      [50, 'stall'],
      [90, 'play'],
    ],
    90,
    { startupMs: 90, stalls: 0 },
  ],
  [
    'one stall',
    [
      [0, 'want'],
      [100, 'play'],
      [1100, 'stall'],
      [1400, 'play'],
    ],
    2400,
    { watchedMs: 2000, stalledMs: 300, stalls: 1 },
  ],
  [
    'a stall told twice',
    [
      [0, 'play'],
      [10, 'stall'],
      [20, 'stall'],
      [30, 'play'],
    ],
    30,
    { stalls: 1, stalledMs: 20 },
  ],
  [
    'a stall that goes on',
    [
      [0, 'play'],
      [1000, 'stall'],
    ],
    1500,
    { watchedMs: 1000, stalledMs: 500, stalls: 1 },
  ],
  [
    'paused',
    [
      [0, 'play'],
      [1000, 'rest'],
    ],
    9000,
    { watchedMs: 1000, stalledMs: 0, stalls: 0 },
  ],
  [
    'the publisher went away during a stall',
    [
      [0, 'play'],
      [1000, 'stall'],
      [4000, 'rest'],
      [9000, 'want'],
      [9500, 'play'],
    ],
    9600,
    { watchedMs: 1100, stalledMs: 3000, stalls: 1 },
  ],
  ['playing without a wish', [[500, 'play']], 700, { watchedMs: 200 }],
];

describe('ViewingMeter', () => {
  it.each(cases)('%s', (_name, steps, until, expected) => {
    expect(totalsAfter(steps, until)).toMatchObject(expected);
  });

  it('counts the same however often it is asked', () => {
    const meter = new ViewingMeter();
    meter.want(0);
    for (let at = 100; at <= 1000; at += 100) {
      meter.totals(at - 50);
      if (at === 300) meter.play(at);
    }
    expect(meter.totals(1300)).toMatchObject({ startupMs: 300, watchedMs: 1000 });
  });

  it('keeps the start-up time of the first picture', () => {
    expect(
      totalsAfter(
        [
          [0, 'want'],
          [200, 'play'],
          [300, 'rest'],
          [400, 'want'],
          [900, 'play'],
        ],
        900,
      ).startupMs,
    ).toBe(200);
  });

  it('keeps no more than 16 errors', () => {
    const meter = new ViewingMeter();
    for (let i = 0; i < 40; i += 1) meter.fail(`HTTP_${500 + i}`);
    expect(meter.totals(0).errors).toHaveLength(16);
  });
});
