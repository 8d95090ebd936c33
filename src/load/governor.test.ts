import { describe, expect, it } from 'vitest';
import { TestClock } from '../live/test-clock.ts';
import { Governor, LEVELS, type Measure, type Resource, thresholdsFrom } from './index.ts';

const FIRST = { cpuPercent: 90, eventLoopMs: 100, memoryPercent: 80, descriptorsPercent: 80, diskFreeBytes: 1000 };

function governed(first: Partial<typeof FIRST> = {}) {
  const clock = new TestClock();
  const went: string[] = [];
  const governor = new Governor({
    clock,
    thresholds: thresholdsFrom({ ...FIRST, ...first }),
    onChange: (level, reason) => went.push(reason === undefined ? level : `${level} ${reason}`),
  });
  /** The same measures, once a second. */
  const last = (seconds: number, ...measures: Measure[]) => {
    for (let second = 0; second < seconds; second++) {
      governor.take(measures);
      clock.advance(1000);
    }
  };
  return { governor, went, last };
}

function used(resource: Resource, value: number): Measure {
  const of = { resource, value, words: `${resource} ${value}` };
  if (resource === 'event-loop') return { ...of, unit: 'ms' };
  if (resource === 'disk') return { ...of, unit: 'bytes', isFree: true };
  return resource === 'descriptors' ? { ...of, unit: '%', isHard: true } : { ...of, unit: '%' };
}

describe('Governor', () => {
  it('climbs a level at a time and says why', () => {
    const { governor, went, last } = governed();
    last(5, used('memory', 99));
    expect(governor.level).toBe('normal');
    last(1, used('memory', 99));
    expect([governor.level, governor.reason]).toEqual(['previews', 'memory 99']);
    last(60, used('memory', 99));
    expect(went).toEqual(LEVELS.slice(1).map((level) => `${level} memory 99`));
    expect(governor.without('new-viewers')).toBe('the server is busy: memory 99');
  });

  it('is not moved by what passes within five seconds', () => {
    const { went, last } = governed();
    for (let i = 0; i < 20; i++) {
      last(4, used('event-loop', 5000));
      last(1, used('event-loop', 0));
    }
    expect(went).toEqual([]);
  });

  it('comes down a level for each half a minute of rest, and not for less', () => {
    const { governor, went, last } = governed();
    last(12, used('event-loop', 150));
    expect(governor.level).toBe('new-renditions');
    // Just below the threshold is no rest.
    last(120, used('event-loop', 145));
    expect(governor.level).toBe('new-renditions');
    last(29, used('event-loop', 5));
    last(1, used('event-loop', 145));
    last(30, used('event-loop', 5));
    expect(governor.level).toBe('new-renditions');
    last(1, used('event-loop', 5));
    expect(governor.level).toBe('previews');
    last(31, used('event-loop', 5));
    expect([governor.level, governor.reason]).toEqual(['normal', undefined]);
    expect(went.map((each) => each.split(' ')[0])).toEqual(['previews', 'new-renditions', 'previews', 'normal']);
  });

  it('goes at once where the end of a resource is a failure', () => {
    const { governor, last } = governed();
    last(1, used('descriptors', 94));
    expect(governor.level).toBe('new-viewers');
    expect(governor.without('new-publishers')).toBeUndefined();
  });

  it.each([
    ['cpu', 100, 'new-renditions'],
    ['disk', 0, 'previews'],
    ['event-loop', 3000, 'new-publishers'],
    ['memory', 90, 'top-renditions'],
    ['memory', 79, 'normal'],
  ] as const)('%s of %d leads to %s', (resource, value, level) => {
    const { governor, last } = governed();
    last(100, used(resource, value));
    expect(governor.level).toBe(level);
    expect(governor.pressures).toMatchObject([{ resource, value, level }]);
  });

  it('leaves out what is set to 0, and names everything that leads to the level', () => {
    const off = governed({ cpuPercent: 0 });
    off.last(100, used('cpu', 100));
    expect([off.governor.level, off.governor.pressures]).toEqual(['normal', []]);
    const both = governed();
    both.last(6, used('cpu', 91), used('memory', 81), used('event-loop', 1));
    expect(both.governor.reason).toBe('cpu 91 and memory 81');
  });
});
