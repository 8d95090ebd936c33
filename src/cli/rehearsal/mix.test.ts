import { describe, expect, it } from 'vitest';
import { doorsInTurn } from './audience.ts';
import { mixOf } from './mix.ts';

describe('mixOf', () => {
  it.each([
    ['flv=30,hls=20,llhls=50', 500, { flv: 150, hls: 100, llhls: 250 }],
    ['flv,llhls', 5, { flv: 3, hls: 0, llhls: 2 }],
    ['hls=1,flv=1,llhls=1', 10, { hls: 3, flv: 4, llhls: 3 }],
    ['flv', 1, { flv: 1, hls: 0, llhls: 0 }],
  ])('%s of %i', (text, viewers, expected) => {
    expect(mixOf(text, viewers)).toEqual(expected);
  });

  it.each(['', 'rtmp', 'flv=-1', 'flv=0', 'flv,flv', 'flv=a', 'flv;hls'])('%j is no mix', (text) => {
    expect(mixOf(text, 10)).toBeUndefined();
  });
});

it('doorsInTurn gives each door its share from the beginning', () => {
  const doors = doorsInTurn({ flv: 2, hls: 1, llhls: 3 });
  expect(doors).toHaveLength(6);
  expect(new Set(doors.slice(0, 3))).toEqual(new Set(['flv', 'hls', 'llhls']));
});
