import { describe, expect, it } from 'vitest';
import { parseMediaPlaylist } from '../protocol/m3u8/index.ts';
import type { RecordedSlice } from '../record/index.ts';
import { checkIndexRange, DEFAULT_INDEX_OBJECT, indexObjectOf } from './index-file.ts';
import { indexPlaylist, slicesWithin } from './index-playlist.ts';

const id = { domain: 'd', app: 'live', name: 'demo' };
const START = Date.parse('2026-11-29T08:05:09.700Z');
const slice = (n: number, changed: Partial<RecordedSlice> = {}): RecordedSlice => ({
  ...{
    storage: 's',
    object: `ts/live/demo/${n}.ts`,
    wallMs: START + n * 5000,
    durationMs: 5000,
    isDiscontinuity: false,
  },
  ...changed,
});

describe('indexObjectOf', () => {
  it('has ApsaraVideo’s variables', () => {
    expect(indexObjectOf(DEFAULT_INDEX_OBJECT, id, START)).toBe('record/live/demo/2026-11-29/08/05_09.m3u8');
    expect(indexObjectOf('{DomainName}.m3u8', id, START)).toBe('d.m3u8');
  });

  it.each([
    ...['../x.m3u8', 'a/../x.m3u8', '/x.m3u8', 'a//x.m3u8', '.archive/x.m3u8', '.partial/x.m3u8', 'a\\x.m3u8'],
    ...['a\0.m3u8', 'x.mp4', 'x', '', '{Sequence}.m3u8', '{}.m3u8', '{App.m3u8', `${'x'.repeat(300)}.m3u8`],
  ])('refuses %j', (template) => {
    expect(() => indexObjectOf(template, id, START)).toThrow(expect.objectContaining({ code: 'INDEX_OBJECT' }));
  });

  it('refuses an app that climbs', () => {
    const climbing = { ...id, app: '..', name: '..' };
    expect(() => indexObjectOf(DEFAULT_INDEX_OBJECT, climbing, START)).toThrow('leads out');
  });
});

describe('checkIndexRange', () => {
  it('takes up to four days', () => {
    const range = (lengthMs: number) => () => checkIndexRange({ startMs: START, endMs: START + lengthMs });
    for (const lengthMs of [1, 4 * 86_400_000]) expect(range(lengthMs)).not.toThrow();
    for (const lengthMs of [0, -1, 4 * 86_400_000 + 1, Number.NaN])
      expect(range(lengthMs)).toThrow(expect.objectContaining({ code: 'INDEX_RANGE' }));
  });
});

describe('slicesWithin', () => {
  const all = [0, 1, 2, 3, 4].map((n) => slice(n));
  const numbers = (fromMs: number, toMs: number, isEndIncluded = false) =>
    slicesWithin(all, { startMs: START + fromMs, endMs: START + toMs }, isEndIncluded).map(({ object }) =>
      Number(/(\d)\.ts/.exec(object)?.[1]),
    );

  it('has those that ended within, and one more where that is wanted', () => {
    expect(numbers(2000, 12_000)).toEqual([0, 1]);
    expect(numbers(2000, 12_000, true)).toEqual([0, 1, 2]);
    expect(numbers(5000, 15_000)).toEqual([1, 2]);
    expect(numbers(12_000, 13_000)).toEqual([]);
    expect(numbers(12_000, 13_000, true)).toEqual([2]);
    expect(numbers(20_000, 99_000, true)).toEqual([4]);
  });
});

describe('indexPlaylist', () => {
  const uris = (text: string) => parseMediaPlaylist(text).segments.map(({ uri }) => uri);

  it('names slices relative to itself, and those of another storage by their URL', () => {
    const slices = [slice(0), slice(1, { object: 'ts/ä b/1.ts' }), slice(2, { storage: 'cold' })];
    const addressOf = ({ storage, object }: RecordedSlice) => (storage === 's' ? undefined : `https://b/${object}`);
    const text = indexPlaylist(slices, 'index/live/x.m3u8', addressOf);
    expect(uris(text)).toEqual(['../../ts/live/demo/0.ts', '../../ts/%C3%A4%20b/1.ts', 'https://b/ts/live/demo/2.ts']);
    expect(text).toContain('#EXT-X-ENDLIST');
  });

  it('has a discontinuity where time is missing or parameters changed', () => {
    const slices = [slice(0, { isDiscontinuity: true }), slice(1), slice(3), slice(4, { isDiscontinuity: true })];
    const { segments } = parseMediaPlaylist(indexPlaylist(slices, 'x.m3u8', () => undefined));
    expect(segments.map(({ isDiscontinuity = false }) => isDiscontinuity)).toEqual([false, false, true, true]);
  });
});
