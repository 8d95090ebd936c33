import { describe, expect, it } from 'vitest';
import { hasMediaSource, isStreamProtocol, offeredProtocols } from './protocol.ts';

describe('isStreamProtocol', () => {
  it.each([
    ['flv', true],
    ['llhls', true],
    ['hls', true],
    ['native', true],
    ['rtmp', false],
    ['constructor', false],
    [null, false],
  ])('%s: %s', (word, is) => expect(isStreamProtocol(word)).toBe(is));
});

describe('offeredProtocols', () => {
  it.each([
    [true, undefined, ['llhls', 'hls', 'flv']],
    [true, 'native', ['llhls', 'hls', 'flv', 'native']],
    [false, undefined, ['native']],
    [false, 'flv', ['native']],
  ] as const)('MSE: %s, asked: %s', (hasMse, asked, offered) => {
    expect(offeredProtocols(hasMse, asked)).toEqual(offered);
  });
});

describe('hasMediaSource', () => {
  it.each([
    [{}, false],
    [{ MediaSource: class {} }, true],
    [{ ManagedMediaSource: class {} }, true],
  ])('%j: %s', (scope, has) => expect(hasMediaSource(scope)).toBe(has));
});
