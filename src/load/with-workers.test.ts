import { describe, expect, it } from 'vitest';
import type { Measure } from './measure.ts';
import { type WorkerLoad, withWorkers } from './with-workers.ts';

const OWN: readonly Measure[] = [
  { resource: 'cpu', value: 50, unit: '%', words: 'busy' },
  { resource: 'event-loop', value: 20, unit: 'ms', words: 'late' },
  { resource: 'descriptors', value: 10, unit: '%', isHard: true, words: 'open' },
];
const worker = (eventLoopDelayMs: number, open: number): WorkerLoad => ({
  eventLoopDelayMs,
  descriptors: { open, most: 200 },
});

describe('measures of a server with playback workers', () => {
  it.each<[string, readonly WorkerLoad[], readonly number[]]>([
    ['are its own without one', [], [50, 20, 10]],
    ['are its own where they are worse', [worker(10, 10), worker(900, 190)], [50, 20, 10]],
    ['are those of the least busy worker where that is worse off', [worker(400, 190), worker(900, 180)], [50, 400, 90]],
    ['take what is known', [{ eventLoopDelayMs: 300, descriptors: undefined }], [50, 300, 10]],
  ])('%s', (_, workers, values) => {
    expect(withWorkers(OWN, workers).map(({ value }) => value)).toEqual(values);
  });

  it('stay as hard as they are, and say whose they are', () => {
    const [, late, open] = withWorkers(OWN, [worker(400, 190)]);
    expect(late?.words).toBe('its playback workers answer 400 ms late');
    expect(open).toMatchObject({
      isHard: true,
      words: expect.stringMatching(/^95 % of the descriptors of its playback/),
    });
  });
});
