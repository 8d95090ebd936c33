import { describe, expect, it } from 'vitest';
import { chaptersOf, chaptersVtt } from './chapters.ts';

const vtt = (...asked: Parameters<typeof chaptersOf>) => chaptersVtt(chaptersOf(...asked));
const marker = (atWallMs: number, name: string) => ({ id: `id-${name}`, atWallMs, name, by: 'api' });
const stretch = (wallMs: number, durationMs: number) => ({ wallMs, durationMs });
const lines = (text: string) => text.split('\n').filter((line) => line.includes('-->') || /^[A-Z&]/.test(line));
const times = (text: string) => text.match(/[\d:.]+ --> [\d:.]+/g) ?? [];

describe('chaptersVtt', () => {
  it('has a chapter from each marker to the next, and to the end', () => {
    const text = vtt([marker(14_500, 'B'), marker(11_000, 'A')], [stretch(10_000, 4000), stretch(14_000, 2000)]);
    expect(text).toBe('WEBVTT\n\nid-A\n00:00:01.000 --> 00:00:04.500\nA\n\nid-B\n00:00:04.500 --> 00:00:06.000\nB\n');
    expect(vtt([], [stretch(0, 1)])).toBe('WEBVTT\n');
  });

  it('closes gaps: what was set in one begins with what comes next', () => {
    const stretches = [stretch(10_000, 4000), stretch(100_000, 4000)];
    expect(times(vtt([marker(12_000, 'A'), marker(50_000, 'B'), marker(101_000, 'C')], stretches))).toEqual([
      '00:00:02.000 --> 00:00:04.000',
      '00:00:04.000 --> 00:00:05.000',
      '00:00:05.000 --> 00:00:08.000',
    ]);
  });

  it('names the beginning by the last marker before it, and has none behind the end', () => {
    const markers = [marker(1000, 'old'), marker(9000, 'before'), marker(12_000, 'in'), marker(14_000, 'after')];
    expect(lines(vtt(markers, [stretch(10_000, 4000)]))).toEqual([
      'WEBVTT',
      '00:00:00.000 --> 00:00:02.000',
      '00:00:02.000 --> 00:00:04.000',
    ]);
    expect(vtt(markers, [stretch(10_000, 4000)])).toContain('\nbefore\n');
  });

  it('counts from where a clip begins to where it ends', () => {
    const stretches = [stretch(10_000, 4000), stretch(14_000, 4000), stretch(18_000, 4000)];
    const text = vtt([marker(15_000, 'A'), marker(20_500, 'B')], stretches, { fromMs: 14_500, toMs: 20_000 });
    expect(times(text)).toEqual(['00:00:00.500 --> 00:00:05.500']);
  });

  it('finds a moment where it was, though the clock was set back an hour', () => {
    const hour = 3_600_000;
    const stretches = [stretch(hour, 4000), stretch(2000, 4000)];
    expect(times(vtt([marker(3000, 'A'), marker(hour + 1000, 'B')], stretches))).toEqual([
      '00:00:01.000 --> 00:00:05.000',
      '00:00:05.000 --> 00:00:08.000',
    ]);
  });

  it('has names as text, numbers where there is none, and one chapter for a moment', () => {
    const markers = [marker(0, '<b>&-->'), marker(1000, 'first'), marker(1000, ''), marker(2000, 'x')];
    const text = vtt(markers, [stretch(0, 3000)]);
    expect(text).toContain('\n&lt;b&gt;&amp;--&gt;\n');
    expect(text).toContain('\nChapter 3\n');
    expect(text).not.toContain('first');
    expect(times(text)).toHaveLength(3);
  });

  it('counts beyond a day', () => {
    const day = 86_400_000;
    expect(times(vtt([marker(day + 500, 'A')], [stretch(0, 2 * day)]))).toEqual(['24:00:00.500 --> 48:00:00.000']);
  });
});
