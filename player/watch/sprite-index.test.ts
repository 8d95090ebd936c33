import { describe, expect, it } from 'vitest';
import { nearerTile, readSprite, tileAt } from './sprite-index.ts';

const START = Date.parse('2026-11-21T00:00:00.000Z');
const BASE = 'https://a.example/live/demo/~token/sprite.vtt';
const TEXT = `WEBVTT
STREAM-START: 2026-11-21T00:00:00.000Z

00:00:10.500 --> 00:00:15.000
sprite-0.jpg?tiles=2#xywh=0,0,160,90

01:00:15.000 --> 01:00:20.000
sprite-0.jpg?tiles=2#xywh=0,96,160,90
`;

describe('readSprite', () => {
  it('gives each tile its time and its address', () => {
    const url = 'https://a.example/live/demo/~token/sprite-0.jpg?tiles=2';
    const place = { url, x: 0, width: 160, height: 90 };
    expect(readSprite(TEXT, BASE)).toEqual([
      { fromMs: START + 10_500, untilMs: START + 15_000, y: 0, ...place },
      { fromMs: START + 3_615_000, untilMs: START + 3_620_000, y: 96, ...place },
    ]);
  });

  it.each([
    ['nothing', '', undefined],
    ['no WebVTT', TEXT.replace('WEBVTT', '<html>'), undefined],
    ['no start', TEXT.replace('STREAM-START', 'X'), undefined],
    ['no tiles', TEXT.split('\n\n')[0] ?? '', []],
    ['cues that are words', 'WEBVTT\nSTREAM-START: 2026-11-21T00:00:00Z\n\n00:00:00.000 --> 00:00:01.000\nHello', []],
  ])('%s', (_name, text, tiles) => expect(readSprite(text, BASE)).toEqual(tiles));
});

describe('tileAt', () => {
  const tiles = readSprite(TEXT, BASE) ?? [];
  it.each([
    [0, undefined],
    [8000, 0],
    [10_500, 0],
    [14_999, 0],
    [20_000, 0],
    [30_000, undefined],
    [3_615_000, 96],
    [3_625_000, 96],
    [3_700_000, undefined],
  ])('after %d ms', (ms, y) => expect(tileAt(tiles, START + ms)?.y).toBe(y));
});

describe('nearerTile', () => {
  const [early, late] = readSprite(TEXT, BASE) ?? [];
  it('is the one that was taken nearer to the moment, or the one that there is', () => {
    expect(nearerTile(early, late, START + 20_000)).toBe(early);
    expect(nearerTile(early, late, START + 3_600_000)).toBe(late);
    expect(nearerTile(undefined, late, START)).toBe(late);
    expect(nearerTile(early, undefined, START)).toBe(early);
  });
});
