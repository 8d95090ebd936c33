import { describe, expect, it } from 'vitest';
import { pushArgsOf } from './push-args.ts';

describe('pushArgsOf', () => {
  it.each([
    ['', {}],
    ['auth_key=1-0-0-ab&vhost=a', {}],
    [
      'callback_args1=value1&auth_key=x&callback_myid=1231389741',
      { callback_args1: 'value1', callback_myid: '1231389741' },
    ],
    ['?callback_a=1&callback_a=2', { callback_a: '1' }],
    ['callback_a&callback_b=', { callback_a: '', callback_b: '' }],
    ['callback_a=b=c&callback%5Fd=%C3%BC%20%26', { callback_a: 'b=c', callback_d: 'ü &' }],
    ['callback_a=%zz', { callback_a: '%zz' }],
    ['xcallback_a=1&Callback_a=1', {}],
  ])('%s', (query, args) => expect(pushArgsOf(query)).toEqual(args));

  it('leaves out what is too much', () => {
    const query = Array.from({ length: 1000 }, (_, at) => `callback_${at}=${'x'.repeat(100)}`).join('&');
    expect(Object.keys(pushArgsOf(query)).length).toBe(73);
    expect(pushArgsOf(`callback_a=${'x'.repeat(8192)}`)).toEqual({});
  });
});
