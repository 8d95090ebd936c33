import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { flag, integer, listOf, text, utcTime, xmlText } from './base/index.ts';
import { mergedParameters, unflattened } from './parameters.ts';
import { CLOCK_WINDOW_MS, ReplayGuard } from './replay-guard.ts';
import { takenInput } from './taken-input.ts';

describe('parameters', () => {
  it('come from query and body, flattened, each once', () => {
    const flat = mergedParameters('Action=A&L.2.F=b%20c&L.1.F=a', 'N.1=x&N.10=z&N.2=y&Action=B');
    expect(unflattened(flat)).toEqual({ Action: 'A', L: [{ F: 'a' }, { F: 'b c' }], N: ['x', 'y', 'z'] });
  });

  it('are no way to what every object has', () => {
    const read = unflattened(mergedParameters('__proto__.isAdmin=1&constructor.prototype.x=1', ''));
    expect(({} as { isAdmin?: string }).isAdmin).toBeUndefined();
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  it('are refused where there are too many to sort for a stranger', () => {
    const many = Array.from({ length: 2001 }, (_, index) => `a${index}=1`).join('&');
    expect(() => mergedParameters('', many)).toThrow('more than 2000');
  });

  it('are refused where they are endlessly deep', () => {
    expect(() => unflattened(new Map([[Array(9).fill('a').join('.'), '1']]))).toThrow('one too many');
  });
});

describe('takenInput', () => {
  const schema = z.object({
    Name: text,
    Size: integer.optional(),
    Is: flag.default(false),
    At: utcTime.optional(),
    List: listOf(z.object({ Format: text, Seconds: integer.optional() })).optional(),
  });

  it('makes numbers, truths, times and lists of texts', () => {
    const given = { Name: 'a', Size: '12', Is: 'TRUE', At: '2026-01-01T00:00:00Z', Foreign: 'x' };
    const taken = takenInput(schema, { ...given, List: '[{"Format":"flv","Seconds":5}]' });
    expect(taken).toEqual({ Name: 'a', Size: 12, Is: true, At: 1767225600000, List: [{ Format: 'flv', Seconds: 5 }] });
  });

  it.each([
    [{}, 'MissingParameter', '"Name"'],
    [{ Name: 'a', Size: 'many' }, 'InvalidParameter', '"Size" is not valid: it must be a whole number'],
    [{ Name: 'a', Is: 'yes' }, 'InvalidParameter', '"Is"'],
    [{ Name: 'a', At: '2026-02-30' }, 'InvalidParameter', '"At"'],
    [{ Name: 'a', List: [{ Format: 'x' }, {}] }, 'MissingParameter', '"List.2.Format"'],
    [{ Name: 'a', List: 'x' }, 'InvalidParameter', '"List"'],
    [{ Name: { 1: 'x' } as never }, 'InvalidParameter', '"Name"'],
  ])('refuses %j: %s', (given, code, message) => {
    expect(() => takenInput(schema, given)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});

describe('xmlText', () => {
  it('repeats the element of a list, and lets strangers write nothing but text', () => {
    const xml = xmlText('AResponse', {
      List: { Item: [{ N: 1 }, { N: '<img onerror="x">&\u0001' }] },
      Gone: undefined,
    });
    expect(xml).toBe(
      `<?xml version='1.0' encoding='UTF-8' standalone='yes'?><AResponse><List><Item><N>1</N></Item><Item><N>&lt;img onerror=&quot;x&quot;&gt;&amp;\ufffd</N></Item></List></AResponse>`,
    );
  });
});

describe('ReplayGuard', () => {
  const START_MS = Date.parse('2026-01-01T00:00:00Z');

  const USED = expect.objectContaining({ code: 'SignatureNonceUsed' });

  it('takes a nonce once for as long as its time is good, for each key', async () => {
    let nowMs = START_MS;
    const guard = new ReplayGuard(() => nowMs);
    await guard.take('key', 'nonce');
    await guard.take('other', 'nonce');
    for (let minutes = 0; minutes <= 30; minutes += 5) {
      nowMs = START_MS + minutes * 60_000;
      await expect(guard.take('key', 'nonce')).rejects.toThrow(USED);
    }
    nowMs = START_MS + 5 * CLOCK_WINDOW_MS;
    await guard.take('key', 'other');
    nowMs += 2 * CLOCK_WINDOW_MS;
    await guard.take('key', 'nonce');
  });

  it('asks what other nodes took, and does without while the database is away', async () => {
    const taken = new Set<string>();
    const shared = {
      isReady: true,
      take: async (name: string) => {
        if (!shared.isReady) throw new Error('away');
        return !taken.has(name) && taken.add(name) !== undefined;
      },
    };
    const [one, two] = [new ReplayGuard(() => START_MS, shared), new ReplayGuard(() => START_MS, shared)];
    await one.take('key', 'nonce');
    await expect(two.take('key', 'nonce')).rejects.toThrow(USED);
    shared.isReady = false;
    await two.take('key', 'other');
    await expect(two.take('key', 'other')).rejects.toThrow(USED);
  });

  it.each([
    ['2026-01-01T00:14:59Z', undefined],
    ['2025-12-31T23:45:01Z', undefined],
    ['2026-01-01T00:15:01Z', 'InvalidTimeStamp.Expired'],
    ['2025-12-31T23:44:59Z', 'InvalidTimeStamp.Expired'],
    ['2026-01-01', 'InvalidTimeStamp.Format'],
    ['2026-13-01T00:00:00Z', 'InvalidTimeStamp.Format'],
  ])('the time %s: %s', (time, code) => {
    const check = () => new ReplayGuard(() => START_MS).checkTime(time);
    if (code === undefined) check();
    else expect(check).toThrow(expect.objectContaining({ code }));
  });
});
