import type { z } from 'zod';

type RawIssue = z.core.$ZodRawIssue;
type Alternative = { readonly code?: string; readonly values?: readonly unknown[]; readonly expected?: string };

const KINDS: Readonly<Record<string, string>> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

const FORMATS: Readonly<Record<string, string>> = { url: 'a URL', datetime: 'a time such as 2026-01-31T12:00:00Z' };

/** Says what is wrong where a schema has no words of its own for it: an error map for its parse. */
export function problemWords(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'too_small':
      return bound(issue.origin, 'at least', Number(issue.minimum));
    case 'too_big':
      return bound(issue.origin, 'at most', Number(issue.maximum));
    case 'invalid_value':
      return choice(issue.values.map(String));
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${kindOf(issue.expected)}`;
    case 'invalid_union':
      return union(issue);
    case 'invalid_format':
      return `must be ${FORMATS[issue.format] ?? 'written in another way'}`;
    default:
      return undefined;
  }
}

function bound(origin: string, side: string, limit: number): string {
  if (origin === 'string') return `must have ${side} ${limit} ${limit === 1 ? 'character' : 'characters'}`;
  if (origin === 'array' || origin === 'set') return `must have ${side} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  return `must be ${side} ${limit}`;
}

function choice(values: readonly string[]): string {
  return values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`;
}

const kindOf = (expected: string) => KINDS[expected] ?? expected;

function union(issue: RawIssue & { readonly code: 'invalid_union' }): string {
  const { options } = issue as { readonly options?: readonly unknown[] };
  if (options) return choice(options.map(String));
  const heads: readonly (Alternative | undefined)[] = issue.errors.map((alternative) => alternative[0]);
  const values = heads.flatMap((each) => (each?.code === 'invalid_value' ? (each.values ?? []).map(String) : []));
  const kinds = heads.flatMap((each) => (each?.code === 'invalid_type' ? [kindOf(each.expected ?? '')] : []));
  return choice([...new Set([...values, ...kinds])]);
}
