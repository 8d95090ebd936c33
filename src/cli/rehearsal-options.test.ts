import { describe, expect, it } from 'vitest';
import { type RehearseOptions, readOptions } from './rehearsal-options.ts';

const GIVEN: RehearseOptions = { viewers: '50', for: '1m', mix: 'flv=30,hls=20,llhls=50', maxMbps: '1000' };

describe('options of a rehearsal', () => {
  it('come over a quarter of the time, a minute at most', () => {
    expect(readOptions(GIVEN)).toEqual({
      ...{ viewers: 50, forMs: 60_000, rampMs: 15_000, maxMbps: 1000 },
      mix: { flv: 15, hls: 10, llhls: 25 },
    });
    expect(readOptions({ ...GIVEN, for: '5m', viewers: '500' }).rampMs).toBe(60_000);
    expect(readOptions({ ...GIVEN, ramp: '0s' }).rampMs).toBe(0);
  });

  it.each([
    [{ viewers: '0' }, '--viewers 0 is not possible'],
    [{ viewers: '20001' }, '--viewers 20001 is not possible'],
    [{ viewers: '1.5' }, '--viewers 1.5 is not possible'],
    [{ for: 'ever' }, '--for ever is not possible'],
    [{ for: '25h' }, '--for 25h is not possible'],
    [{ for: '10s', ramp: '10s' }, '--ramp 10s is not possible'],
    [{ ramp: '-1s' }, '--ramp -1s is not possible'],
    [{ mix: 'rtmp=1' }, '--mix rtmp=1 is not possible'],
    [{ maxMbps: '0' }, '--max-mbps 0 is not possible'],
  ])('%j is refused', (wrong, message) => {
    expect(() => readOptions({ ...GIVEN, ...wrong })).toThrow(message);
  });
});
