import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { parseDeliveryDirectives } from './index.ts';

describe('parseDeliveryDirectives', () => {
  it.each([
    ['', {}],
    ['token=1', {}],
    ['_HLS_msn=12', { mediaSequence: 12 }],
    ['?_HLS_msn=12&_HLS_part=0&x=y', { mediaSequence: 12, part: 0 }],
    ['_HLS_skip=YES', { skip: 'YES' }],
    ['_HLS_skip=v2&_HLS_msn=9007199254740991', { skip: 'v2', mediaSequence: Number.MAX_SAFE_INTEGER }],
    ['_HLS_msn=%31', { mediaSequence: 1 }],
  ])('reads %j', (query, expected) => {
    expect(parseDeliveryDirectives(query)).toEqual(expected);
  });

  it.each([
    '_HLS_part=1',
    '_HLS_msn=',
    '_HLS_msn=-1',
    '_HLS_msn=1.5',
    '_HLS_msn=0x10',
    '_HLS_msn=1e3',
    '_HLS_msn=+1',
    '_HLS_msn=9007199254740992',
    '_HLS_msn=1&_HLS_msn=2',
    '_HLS_msn=1&_HLS_part=x',
    '_HLS_skip=NO',
    '_HLS_skip=',
  ])('refuses %j', (query) => {
    expect(() => parseDeliveryDirectives(query)).toThrow(MalformedError);
  });
});
