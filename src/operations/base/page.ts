import { z } from 'zod';
import { OperationError } from './operation-error.ts';

/** How every list is asked for: so many, after the cursor that the page before ended with. */
export const pageQuery = (most = 500, usual = 100) =>
  z.strictObject({
    limit: z.coerce.number().int().min(1).max(most).default(usual).describe('How many at most'),
    cursor: z.string().max(500).optional().describe('`nextCursor` of the page before'),
  });

/** The cursor of the next page; left out on the last one. */
export const nextCursor = z.string().optional();

type Asked = { readonly limit: number; readonly cursor?: string | undefined };

/**
 * A page of a list in memory, sorted by `keyOf`; the cursor is the last one's key, so that what comes and goes
 * meanwhile neither repeats nor hides others.
 */
export function pageOf<T>(
  all: readonly T[],
  { limit, cursor }: Asked,
  keyOf: (item: T) => string,
  order: 'ascending' | 'descending' = 'ascending',
) {
  const isAfter = (a: string, b: string) => (order === 'ascending' ? a > b : a < b);
  const sorted = all.map((item) => ({ item, key: keyOf(item) })).sort((a, b) => (isAfter(b.key, a.key) ? -1 : 1));
  const after = keyOfCursor(cursor, z.string());
  const rest = after === undefined ? sorted : sorted.filter(({ key }) => isAfter(key, after));
  const items = rest.slice(0, limit);
  const last = rest.length > limit ? items.at(-1) : undefined;
  return { items: items.map(({ item }) => item), ...(last && { nextCursor: cursorOf(last.key) }) };
}

/** Where a list in the database goes on. */
export const cursorOf = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url');

/** What a cursor was made of; undefined on the first page. Throws where it is none of ours. */
export function keyOfCursor<T>(cursor: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined;
  try {
    const read = schema.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (read.success) return read.data;
  } catch {
    // Falls through to the refusal: a cursor is ours or nothing.
  }
  throw new OperationError(400, 'BAD_CURSOR', 'no page ended with this cursor', 'Use nextCursor as it was given.');
}
