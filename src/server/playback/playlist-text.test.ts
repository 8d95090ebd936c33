import { describe, expect, it } from 'vitest';
import { acceptsGzip, withQuery } from './playlist-text.ts';

describe('acceptsGzip', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['br', false],
    ['gzip', true],
    ['br, GZIP;q=0.5', true],
    ['gzip;q=0', false],
    ['gzip; q=0.00, *', false],
    ['*', true],
    ['*;q=0', false],
    ['identity;q=1, *;q=0', false],
    ['xgzip', false],
  ])('%s', (header, expected) => expect(acceptsGzip(header)).toBe(expected));
});

describe('withQuery', () => {
  it('carries the query on lines and attributes', () => {
    const text = '#EXTM3U\n#EXT-X-MAP:URI="init-1.mp4"\n#EXT-X-PART:DURATION=0.3,URI="7.0.m4s"\n7.m4s\n';
    expect(new TextDecoder().decode(withQuery(new TextEncoder().encode(text), 't=1'))).toBe(
      '#EXTM3U\n#EXT-X-MAP:URI="init-1.mp4?t=1"\n#EXT-X-PART:DURATION=0.3,URI="7.0.m4s?t=1"\n7.m4s?t=1\n',
    );
  });
});
