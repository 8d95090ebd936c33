import { describe, expect, it } from 'vitest';
import { SegmentCache } from './segment-cache.ts';

const bytes = (sizeBytes: number) => new Uint8Array(sizeBytes);

describe('SegmentCache', () => {
  it('makes a segment once for all who ask at the same time, and after', async () => {
    const cache = new SegmentCache(100);
    let made = 0;
    const make = () => {
      made++;
      return Promise.resolve(bytes(10));
    };
    const [first, second] = await Promise.all([cache.get('a', make), cache.get('a', make)]);
    expect(second).toBe(first);
    expect(await cache.get('a', make)).toBe(first);
    expect(cache.peek('a')).toBe(first);
    expect(made).toBe(1);
  });

  it('keeps what was asked for last, within its bound', async () => {
    const cache = new SegmentCache(100);
    const add = (key: string, sizeBytes = 40) => cache.get(key, () => Promise.resolve(bytes(sizeBytes)));
    await add('a');
    await add('b');
    cache.peek('a');
    await add('c');
    expect([cache.peek('a'), cache.peek('b'), cache.peek('c')].map((each) => each?.length)).toEqual([
      40,
      undefined,
      40,
    ]);
    expect(cache.keptBytes).toBe(80);
    expect((await add('d', 500))?.length).toBe(500);
    expect(cache.keptBytes).toBe(0);
  });

  it('remembers neither what is not there nor what failed', async () => {
    const cache = new SegmentCache(100);
    expect(await cache.get('a', () => Promise.resolve(undefined))).toBeUndefined();
    await expect(cache.get('b', () => Promise.reject(new Error('disk')))).rejects.toThrow('disk');
    expect((await cache.get('a', () => Promise.resolve(bytes(1))))?.length).toBe(1);
    expect((await cache.get('b', () => Promise.resolve(bytes(2))))?.length).toBe(2);
  });
});
