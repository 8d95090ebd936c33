import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerError } from '../../answers/answer-fields.ts';
import type { RecordingEntry } from '../../answers/answer-types.ts';
import { readRecordings } from './read-recordings.ts';
import { withOlder } from './recording-pages.ts';
import { byDay, dayWords, fileNameOf, timeWords } from './recording-words.ts';

const answered = {
  id: 'r1',
  domain: 'default',
  app: 'live',
  stream: 'demo',
  format: 'mp4',
  storage: 'recordings',
  object: 'record/live/demo/1_2.mp4',
  startedAt: '2026-11-25T10:00:00.000Z',
  endedAt: '2026-11-25T10:30:00.000Z',
  durationSeconds: 1799.5,
  sizeBytes: 1234,
  missingSegments: 2,
  url: '/api/v1/recordings/default/live/demo/r1/record/live/demo/1_2.mp4',
};
const { startedAt, endedAt, ...same } = answered;
const read: RecordingEntry = {
  ...same,
  format: 'mp4',
  startedAtMs: Date.parse(startedAt),
  endedAtMs: Date.parse(endedAt),
};

describe('readRecordings', () => {
  it('keeps everything the contract has', () => {
    expect(readRecordings({ recordings: [answered], nextCursor: 'c' })).toEqual({
      recordings: [read],
      nextCursor: 'c',
    });
  });

  it.each([
    { url: 'https://evil.example/a.mp4' },
    { url: 'javascript:alert(1)' },
    { url: '//evil.example/a' },
    { format: 'exe' },
    { startedAt: 'soon' },
    { id: 7 },
  ])('leaves out one with %j', (odd) => {
    expect(readRecordings({ recordings: [{ ...answered, ...odd }] }).recordings).toEqual([]);
  });

  it('does without what may be missing', () => {
    const { durationSeconds: _, sizeBytes: __, missingSegments: ___, ...few } = answered;
    expect(readRecordings({ recordings: [few] }).recordings[0]).toMatchObject({
      durationSeconds: 1800,
      missingSegments: 0,
    });
  });

  it.each([null, 7, {}, { recordings: {} }])('refuses %j', (answer) => {
    expect(() => readRecordings(answer)).toThrow(AnswerError);
  });

  it('survives any entry', () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), (recordings) => readRecordings({ recordings }).recordings.length >= 0),
    );
  });
});

describe('withOlder', () => {
  const at = (startedAtMs: number) => ({ ...read, id: String(startedAtMs), startedAtMs });

  it('goes on behind the newest page with what is known', () => {
    const page = { recordings: [at(9), at(8)], nextCursor: 'c' };
    const known = [at(7), at(8), at(9), at(3), at(5)];
    expect(withOlder(page, known).map(({ id }) => id)).toEqual(['9', '8', '7', '5', '3']);
  });

  it('has no more than a page that is the only one', () => {
    expect(withOlder({ recordings: [at(9)] }, [at(7), at(10)]).map(({ id }) => id)).toEqual(['9']);
  });
});

describe('words', () => {
  const local = (day: number, hour: number, minute = 0, year = 2026) => new Date(year, 10, day, hour, minute).getTime();
  const now = local(25, 12);

  it.each([
    [local(25, 0), 'Today'],
    [local(24, 23, 59), 'Yesterday'],
    [local(20, 9), 'Friday 20 November'],
    [local(20, 9, 0, 2025), 'Thursday 20 November 2025'],
  ])('day %#', (atMs, words) => expect(dayWords(atMs, now)).toBe(words));

  it('groups by day in order', () => {
    const entries = [local(25, 9), local(25, 8), local(24, 9)].map((startedAtMs) => ({ ...read, startedAtMs }));
    expect(byDay(entries, now).map(({ words, recordings }) => [words, recordings.length])).toEqual([
      ['Today', 2],
      ['Yesterday', 1],
    ]);
  });

  it('says from when to when', () => {
    const of = (startedAtMs: number, endedAtMs: number) => timeWords({ ...read, startedAtMs, endedAtMs });
    expect(of(local(25, 9), local(25, 10, 30))).toBe('09:00:00 – 10:30:00');
    expect(of(local(25, 23), local(26, 1))).toBe('23:00:00 – 01:00:00 (next day)');
  });

  it('names the file', () => {
    expect(fileNameOf(read)).toBe('1_2.mp4');
    expect(fileNameOf({ ...read, object: '' })).toBe('demo');
  });
});
