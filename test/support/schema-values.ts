import fc from 'fast-check';
import type { OpenApi, Schema } from './openapi.ts';

/** Texts that break what does not look at them. */
export const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\u202e',
  '../../etc/passwd',
  '..',
  '.',
  '%00',
  '%2e%2e%2f',
  "'; drop table users; --",
  '<img src=x onerror=alert(1)>',
  '{{7*7}}',
  'é\u0301💧',
  '__proto__',
  'constructor',
  'null',
  '0',
  '-1',
  '1e999',
  '9007199254740993',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999+23:59',
  '2026-02-30T25:61:61Z',
  'x'.repeat(5000),
];

const ODD_VALUES: readonly unknown[] = [
  ...ODD_TEXTS,
  ...[null, true, false, 0, -1, 1.5, 1e308, -1e308, Number.MAX_SAFE_INTEGER + 2, [], {}, [[]], [null]],
  { __proto__: null, constructor: 1 },
  deep(2000),
];

/** Far deeper than anybody writes. */
function deep(levels: number): unknown {
  return JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
}

/** Anything but what is wanted. */
export const oddValue = fc.oneof(fc.constantFrom(...ODD_VALUES), fc.jsonValue());

/** Values of a JSON Schema, so far as its form says; what it describes by words may still be refused. */
export function valuesOf(api: OpenApi, given: Schema, depth = 0): fc.Arbitrary<unknown> {
  const schema = api.resolve(given);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const variants = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (variants) return fc.oneof(...variants.map((each) => valuesOf(api, each, depth + 1)));
  switch (schema.type) {
    case 'string':
      return texts(schema);
    case 'integer':
    case 'number':
      return numbers(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return arrays(api, schema, depth);
    case 'object':
      return objects(api, schema, depth);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function texts({ format, minLength, maxLength, examples }: Schema): fc.Arbitrary<unknown> {
  if (format === 'date-time') {
    const bounds = { min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true };
    return fc.date(bounds).map((date) => date.toISOString());
  }
  const most = Math.min(Number(maxLength ?? 40), 200);
  const least = Math.min(Number(minLength ?? 0), most);
  const letters = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-');
  const plain = fc.string({
    unit: letters,
    minLength: Math.max(least, Math.min(1, most)),
    maxLength: Math.min(most, least + 20),
  });
  const any = fc.string({ unit: 'grapheme', minLength: least, maxLength: most });
  const known = Array.isArray(examples) && examples.length > 0 ? [fc.constantFrom(...examples)] : [];
  return fc.oneof(plain, any, ...known);
}

function numbers({ type, minimum, maximum }: Schema): fc.Arbitrary<number> {
  const [min, max] = [Number(minimum ?? -1e6), Number(maximum ?? 1e9)];
  return type === 'integer' ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true });
}

function arrays(api: OpenApi, { items, minItems, maxItems }: Schema, depth: number): fc.Arbitrary<unknown> {
  const minLength = Number(minItems ?? 0);
  const maxLength = Math.max(minLength, Math.min(Number(maxItems ?? 3), depth > 3 ? 1 : 3));
  return fc.array(valuesOf(api, (items ?? {}) as Schema, depth + 1), { minLength, maxLength });
}

/** With a few of the fields that may be left out: all of a large schema at once takes too long. */
function objects(api: OpenApi, { properties = {}, required = [] }: Schema, depth: number): fc.Arbitrary<unknown> {
  const fields = properties as Record<string, Schema>;
  const needed = required as string[];
  const optional = Object.keys(fields).filter((name) => !needed.includes(name));
  return fc.subarray(optional, { maxLength: Math.min(optional.length, depth > 2 ? 1 : 3) }).chain((chosen) => {
    const names = [...needed, ...chosen];
    return fc.record(Object.fromEntries(names.map((name) => [name, valuesOf(api, fields[name] ?? {}, depth + 1)])));
  });
}

/** A value of the schema with one thing wrong somewhere, or something else altogether. */
export function brokenValuesOf(api: OpenApi, schema: Schema): fc.Arbitrary<unknown> {
  const good = valuesOf(api, schema);
  const spoilt = fc.tuple(good, fc.nat(), oddValue).map(([value, place, odd]) => spoil(value, place, odd));
  return fc.oneof({ weight: 3, arbitrary: spoilt }, { weight: 1, arbitrary: oddValue });
}

/** Puts `odd` in the place of a field, or beside the fields. */
function spoil(value: unknown, place: number, odd: unknown): unknown {
  if (typeof value !== 'object' || value === null) return odd;
  const names = [...Object.keys(value), 'unknownField'];
  const name = names[place % names.length] ?? 'unknownField';
  const within = (value as Record<string, unknown>)[name];
  const isDeeper = typeof within === 'object' && within !== null && place % 3 === 0;
  const put = isDeeper ? spoil(within, Math.floor(place / 3), odd) : odd;
  return Array.isArray(value) ? [...value, put] : { ...value, [name]: put };
}
