import { describe, expect, it } from 'vitest';
import { parseMatch } from './match.ts';
import { matchCondition } from './match-condition.ts';

const equals = (field: string, ...values: string[]) => ({ kind: 'equals', field, values });

describe('parseMatch', () => {
  it.each([
    ["Title = 'a b'", equals('Title', 'a b')],
    ['CateId=12', equals('CateId', '12')],
    ["Status in ('Normal','Blocked')", equals('Status', 'Normal', 'Blocked')],
    ['x IN (a)', equals('x', 'a')],
    [`Title = "it's" `, equals('Title', "it's")],
    ["Title = 'it''s \\' ok'", equals('Title', "it's ' ok")],
    ["Title = 'and (x'", equals('Title', 'and (x')],
    [
      'Size = [10, 20)',
      { kind: 'range', field: 'Size', from: { value: '10', isOpen: false }, to: { value: '20', isOpen: true } },
    ],
    ['Size = (10,]', { kind: 'range', field: 'Size', from: { value: '10', isOpen: true } }],
    ['Size = [,5]', { kind: 'range', field: 'Size', to: { value: '5', isOpen: false } }],
    [
      "CreationTime = ('2026-01-01T00:00:00Z','2026-02-01T00:00:00Z')",
      {
        ...{ kind: 'range', field: 'CreationTime', from: { value: '2026-01-01T00:00:00Z', isOpen: true } },
        to: { value: '2026-02-01T00:00:00Z', isOpen: true },
      },
    ],
    [
      'a = 1 or b = 2 and c = 3',
      { kind: 'or', of: [equals('a', '1'), { kind: 'and', of: [equals('b', '2'), equals('c', '3')] }] },
    ],
    [
      '(a = 1 or b = 2) and c = 3',
      { kind: 'and', of: [{ kind: 'or', of: [equals('a', '1'), equals('b', '2')] }, equals('c', '3')] },
    ],
  ])('reads %s', (text, match) => expect(parseMatch(text)).toEqual(match));

  it.each([
    ['', 'a field is expected, but it ends there'],
    ['Title', '"=" is expected, but it ends there'],
    ['Title = ', 'a value is expected'],
    ['Title = a b', '"b" at 11 is not expected there'],
    ["Title = 'open", 'a quote at 9 is not closed'],
    ["'Title' = a", 'a field is expected, but there is "Title" at 1'],
    ['a in ()', 'a value is expected'],
    ['a = [1 2]', '"," is expected, but there is "2" at 8'],
    ['(a = 1', '")" is expected'],
    ['a = 1 and', 'a field is expected'],
    ['a = 1)', '")" at 6 is not expected'],
    [`${'('.repeat(40)}a = 1${')'.repeat(40)}`, 'more than 16 brackets'],
    [`a = '${'x'.repeat(5_000)}'`, 'longer than 4096'],
  ])('refuses %s', (text, why) => {
    expect(() => parseMatch(text)).toThrow(
      expect.objectContaining({ code: 'MATCH_MALFORMED', message: expect.stringContaining(why) as string }) as Error,
    );
  });
});

describe('matchCondition', () => {
  it('knows our names and ApsaraVideo’s', () => {
    expect(matchCondition("VideoId in ('x','y')")).toEqual({ kind: 'is', field: 'id', values: ['x', 'y'] });
    expect(matchCondition('category = 3')).toEqual(matchCondition('CateId = 3'));
    expect(matchCondition('Duration = [1.5,)')).toEqual({
      ...{ kind: 'range', field: 'durationSeconds', from: { value: 1.5, isOpen: false } },
    });
    expect(matchCondition("CreationTime = ['2026-01-01T00:00:00Z',)")).toMatchObject({
      ...{ field: 'createdAt', from: { value: Date.UTC(2026, 0, 1) } },
    });
    expect(matchCondition("Title = 'Final Night'")).toEqual({
      kind: 'or',
      of: [
        {
          kind: 'and',
          of: [
            { kind: 'word', fields: ['t'], word: 'final' },
            { kind: 'word', fields: ['t'], word: 'night' },
          ],
        },
      ],
    });
  });

  it.each([
    ['Colour = red', 'no field Colour'],
    ['constructor = red', 'no field constructor'],
    ['Title = [a,b]', 'Title has no ranges'],
    ['Size = big', '"big" is no number'],
    ['CateId = news', '"news" is no number'],
    ['Size = [1e999,]', 'no number'],
    ['CreationTime = [yesterday,]', '"yesterday" is no time'],
  ])('refuses %s', (text, why) => expect(() => matchCondition(text)).toThrow(why));
});
