import { expect, it } from 'vitest';
import { z } from 'zod';
import { problemWords } from './problem-words.ts';
import { schemaProblems } from './schema-problems.ts';

it.each<[z.ZodType, unknown, string]>([
  [z.number().min(2), 1, 'must be at least 2'],
  [z.number().max(2), 3, 'must be at most 2'],
  [z.string().min(1), '', 'must have at least 1 character'],
  [z.array(z.string()).max(2), ['a', 'b', 'c'], 'must have at most 2 entries'],
  [z.array(z.string()).min(1), [], 'must have at least 1 entry'],
  [z.enum(['fast', 'slow']), 'quick', 'must be one of fast, slow'],
  [z.literal('none'), 'all', 'must be none'],
  [z.union([z.literal(22_050), z.literal(44_100)]), 16_000, 'must be one of 22050, 44100'],
  [z.union([z.literal('none'), z.strictObject({ fps: z.number() })]), 'all', 'must be one of none, an object'],
  [z.discriminatedUnion('kind', [z.object({ kind: z.literal('folder') })]), { kind: 's4' }, 'must be folder'],
  [z.boolean(), 'yes', 'must be true or false'],
  [z.int(), 'five', 'must be a number'],
  [z.int(), 1.5, 'must be a whole number'],
  [z.string(), undefined, 'is missing'],
  [z.url(), 'here', 'must be a URL'],
  [z.iso.datetime(), 'soon', 'must be a time such as 2026-01-31T12:00:00Z'],
  [z.int().min(5, { error: 'must be 5 to 10' }), 4, 'must be 5 to 10'],
])('%# says in words what is wrong', (field, value, words) => {
  const schema = z.object({ field });
  const { error } = schema.safeParse({ field: value }, { error: problemWords });
  expect(schemaProblems(schema, error!).map(({ message }) => message)).toEqual([words]);
});
