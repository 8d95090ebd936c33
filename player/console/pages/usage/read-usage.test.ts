import { describe, expect, it } from 'vitest';
import { readUsage, seriesOf, spansOf, totalsByName } from './read-usage.ts';

const ANSWER = {
  ...{ from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T02:30:00.000Z', grain: 'hour' },
  points: [
    { at: '2026-01-01T00:00:00.000Z', domain: 'a', door: 'flv', egressBytes: 10, peakViewers: 3 },
    { at: '2026-01-01T00:00:00.000Z', domain: 'a', door: 'hls', egressBytes: 100, peakViewers: 1 },
    { at: '2026-01-01T02:00:00.000Z', domain: 'a', door: 'flv', egressBytes: 5, peakViewers: 2 },
  ],
};

describe('usage', () => {
  it('is drawn over every span, with nothing where nothing is said', () => {
    const answer = readUsage(ANSWER);
    const spans = spansOf(answer);
    expect(spans.map((at) => new Date(at).getUTCHours())).toEqual([0, 1, 2]);
    expect(seriesOf(answer.points, 'a / flv', spans, ({ egressBytes }) => egressBytes)).toEqual([10, 0, 5]);
    expect(answer.isPart).toBe(false);
  });

  it('leaves out a last minute that is not over, or not known yet', () => {
    const minutes = readUsage({ ...ANSWER, to: '2026-01-01T00:05:20.000Z', grain: 'minute', points: [] });
    expect(spansOf(minutes).map((at) => new Date(at).getUTCMinutes())).toEqual([0, 1, 2, 3]);
  });

  it('is added up by name, the heaviest first, with the highest of the peaks', () => {
    expect(totalsByName(readUsage(ANSWER).points)).toMatchObject([
      { name: 'a / hls', egressBytes: 100, peakViewers: 1 },
      { name: 'a / flv', egressBytes: 15, peakViewers: 3 },
    ]);
  });
});
