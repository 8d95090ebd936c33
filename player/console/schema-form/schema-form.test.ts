import { describe, expect, it } from 'vitest';
import { errorsBelow, ownError } from './errors.ts';
import { type Field, fieldOf } from './field.ts';
import { chineseFieldWords, fieldWords } from './field-words.ts';
import { pairsIn, variantIndex, withMember, withoutDefaults } from './value.ts';

const format = (name: string) => ({
  type: 'object',
  properties: { format: { type: 'string', const: name }, cycleSeconds: { type: 'integer', default: 900 } },
  required: ['format'],
});

describe('fieldOf', () => {
  it('makes a field of each kind of schema', () => {
    const kinds = (schema: object) => fieldOf(schema).kind;
    expect(kinds({ type: 'string' })).toBe('text');
    expect(kinds({ type: 'array', items: { type: 'string' } })).toBe('lines');
    expect(kinds({ type: 'array', items: { enum: ['flv', 'hls'] } })).toBe('choices');
    expect(kinds({ type: 'array', items: { type: 'object', properties: {} } })).toBe('list');
    expect(kinds({ anyOf: [{ type: 'string', format: 'uri' }, { const: '' }] })).toBe('text');
    expect(kinds({ type: 'object', additionalProperties: { type: 'string' } })).toBe('pairs');
    expect(kinds({})).toBe('json');
  });

  it('follows references and keeps defaults and hints', () => {
    const schema = { $ref: '#/components/schemas/Port', default: 1935, description: 'of RTMP' };
    const field = fieldOf(schema, { Port: { type: 'integer', minimum: 1, maximum: 65_535 } });
    expect(field).toEqual({
      ...{ kind: 'number', isWhole: true, minimum: 1, maximum: 65_535, fallback: 1935, hint: 'of RTMP' },
    });
  });

  it('leaves the member out that tells variants apart', () => {
    const field = fieldOf({ oneOf: [format('mp4'), format('flv')] }) as Field & { kind: 'variants' };
    expect(field.variants.map(({ name, mark }) => [name, mark])).toEqual([
      ['mp4', ['format', 'mp4']],
      ['flv', ['format', 'flv']],
    ]);
    expect(field.variants[0]?.field).toMatchObject({ members: [{ name: 'cycleSeconds' }] });
    expect(variantIndex({ format: 'flv' }, field.variants)).toBe(1);
  });
});

describe('values', () => {
  it('leaves a member out that has none', () => {
    expect(withMember({ a: 1, b: 2 }, 'a', undefined)).toEqual({ b: 2 });
    expect(withMember(undefined, 'a', 3)).toEqual({ a: 3 });
  });

  it('are read from lines of names and words', () => {
    expect(pairsIn('team: shop\n\n url: a:b \nalone')).toEqual({ team: 'shop', url: 'a:b', alone: '' });
  });

  it('are shown without their defaults, but with what is required', () => {
    const auth = { type: 'object', properties: { type: { type: 'string', default: 'no_auth' } } };
    const schema = {
      type: 'object',
      properties: { name: { type: 'string', default: 'x' }, auth, cycles: { type: 'array', items: format('mp4') } },
      required: ['name'],
    };
    const value = { name: 'x', auth: { type: 'no_auth' }, cycles: [{ format: 'mp4', cycleSeconds: 900 }] };
    expect(withoutDefaults(value, fieldOf(schema))).toEqual({ name: 'x', cycles: [{ format: 'mp4' }] });
  });
});

describe('errors', () => {
  it('go to the fields whose places they name', () => {
    const errors = [
      { path: 'play.auth.key1', message: 'is too short' },
      { path: 'ingest[0]', message: 'is no host name' },
      { path: 'player', message: 'is not known' },
    ];
    expect(errorsBelow(errors, 'play')).toEqual([{ path: 'auth.key1', message: 'is too short' }]);
    expect(ownError(errorsBelow(errorsBelow(errors, 'ingest'), 0))).toBe('is no host name');
  });
});

describe('fieldWords', () => {
  it.each([
    ['viewerQueueSeconds', { label: 'Viewer queue', unit: 's' }],
    ['url', { label: 'URL' }],
    ['partMs', { label: 'Part', unit: 'ms' }],
    ['sessionsPerUid', { label: 'Sessions per UID' }],
    ['key1', { label: 'Key1' }],
  ])('reads %s', (name, words) => {
    expect(fieldWords(name)).toEqual(words);
  });

  it('has Chinese names, and the English one where there is none', () => {
    expect(chineseFieldWords('viewerQueueSeconds')).toEqual({ label: '观众队列', unit: '秒' });
    expect(chineseFieldWords('newFieldMs')).toEqual({ label: 'New field', unit: 'ms' });
  });
});
