import { expect, it } from 'vitest';
import { RateHistory, streamKeyOf } from './rate-history.ts';
import { readStreams } from './read-answers.ts';

const streams = (rates: Record<string, number>) =>
  readStreams({ streams: Object.entries(rates).map(([name, bitrateKbps]) => ({ app: 'live', name, bitrateKbps })) });
const key = (name: string) => streamKeyOf({ domain: '', app: 'live', name });

it('RateHistory keeps the last rates of listed streams only', () => {
  const history = new RateHistory(3);
  history.add(streams({ a: 1, b: 9 }));
  for (const rate of [2, 3, 4]) history.add(streams({ a: rate }));
  expect(history.of(key('a'))).toEqual([2, 3, 4]);
  expect(history.of(key('b'))).toEqual([]);
});
