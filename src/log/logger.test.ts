import { describe, expect, it } from 'vitest';
import { createLogger, type LogLevel } from './logger.ts';

const SECRET = 'sEcReT0123456789';

function collected(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const logger = createLogger({ level, destination: { write: (line) => void lines.push(line) } });
  return { logger, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('createLogger', () => {
  it('writes one line of JSON for one event', () => {
    const { logger, lines, parsed } = collected();
    logger.info({ app: 'live', text: 'two\nlines' }, 'publish started');
    logger.error({ err: new Error('no') }, 'publish failed');
    expect(lines.map((line) => line.split('\n').length)).toEqual([2, 2]);
    expect(parsed()[0]).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      app: 'live',
      text: 'two\nlines',
      message: 'publish started',
    });
    expect(parsed()[1]).toMatchObject({ level: 'error', err: { type: 'Error', message: 'no' } });
  });

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ] as const)('at level %s writes %j', (level, expected) => {
    const { logger, parsed } = collected(level);
    for (const each of ['debug', 'info', 'warn', 'error'] as const) logger[each]({}, 'event');
    expect(parsed().map((line) => line.level)).toEqual(expected);
  });

  it('hands the fields of a parent down, the nearest one winning, and no key stands twice in a line', () => {
    const { logger, lines, parsed } = collected();
    logger.child({ a: 1, b: 1 }).child({ b: 2 }).info({ c: 3, a: 4, level: 5, message: 'mine', time: 6 }, 'event');
    expect(parsed()[0]).toMatchObject({
      a: 4,
      b: 2,
      c: 3,
      level: 'info',
      message: 'event',
      level_: 5,
      message_: 'mine',
    });
    const names = [...(lines[0] ?? '').matchAll(/"(\w+)":/g)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  const cyclic: Record<string, unknown> = { key: SECRET };
  cyclic.self = cyclic;

  it.each<[string, Record<string, unknown>]>([
    ['by name', { auth_key: SECRET, streamKey: SECRET, token: SECRET, secret: SECRET, key1: SECRET, password: SECRET }],
    ['in an object', { domain: { push: { auth: { key1: SECRET } }, streamKeys: [{ id: 'a', key: SECRET }] } }],
    ['in an array', { list: [{ token: SECRET }, `a?key=${SECRET}`] }],
    ['in a URL', { url: `rtmp://h/a/b?auth_key=${SECRET}`, path: `/a/~${SECRET}/i.m3u8` }],
    ['in a URL object', { url: new URL(`http://a:${SECRET}@h/~${SECRET}/?token=${SECRET}`) }],
    [
      'in headers',
      { headers: { authorization: `Bearer ${SECRET}`, cookie: `s=${SECRET}`, referer: `http://x/?key=${SECRET}` } },
    ],
    ['in a Map', { parameters: new Map([['auth_key', SECRET]]) }],
    ['in search parameters', { query: new URLSearchParams({ token: SECRET }) }],
    ['in bytes', { payload: Buffer.from(SECRET) }],
    ['in toJSON', { it: { toJSON: () => ({ key: SECRET }) } }],
    ['in an error', { err: new Error(`bad url ?key=${SECRET}`, { cause: new Error(`token=${SECRET}`) }) }],
    ["in an error's fields", { err: Object.assign(new Error('x'), { token: SECRET, url: `?key=${SECRET}` }) }],
    ['in an aggregate error', { err: new AggregateError([new Error(`key=${SECRET}`)]) }],
    ['in a cycle', cyclic],
    ['in a field name', { [`?key=${SECRET}`]: 1 }],
    ['in buffers under a name', { key: Buffer.from(SECRET) }],
    ['in JSON', { body: JSON.stringify({ key: SECRET, deep: JSON.stringify({ token: SECRET }) }) }],
  ])('lets no secret out %s', (_, fields) => {
    const { logger, lines } = collected();
    logger.info(fields, 'event');
    logger.child(fields).warn({}, `message ?key=${SECRET}`);
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).not.toContain(SECRET);
      expect(line).not.toContain(Buffer.from(SECRET).join(','));
    }
  });

  it('still says what is no secret', () => {
    const { logger, parsed } = collected();
    logger.info(
      { keyFrames: 3, hasKey: true, keys: 2, token: null, n: 10n, when: new Date(0), bytes: Buffer.alloc(3) },
      'event',
    );
    expect(parsed()[0]).toMatchObject({
      keyFrames: 3,
      hasKey: true,
      keys: 2,
      token: null,
      n: '10',
      when: '1970-01-01T00:00:00.000Z',
      bytes: '[3 bytes]',
    });
  });
});
