import { z } from 'zod';

/** The kinds of parameters that actions have. Everything comes as text. */
export const text = z.string().max(10_000);
export const integer = z
  .string()
  .regex(/^-?\d{1,15}$/, { error: 'it must be a whole number' })
  .transform(Number);
export const flag = z
  .string()
  .regex(/^(true|false)$/i, { error: 'it must be true or false' })
  .transform((given) => given.toLowerCase() === 'true');

/** `2026-01-01T00:00:00Z`, as a moment in Unix milliseconds; seconds may be left out. */
export const utcTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/, {
    error: 'it must be a time in UTC, as in 2026-01-01T00:00:00Z',
  })
  .transform((given, context) => {
    const ms = Date.parse(given);
    if (!Number.isNaN(ms)) return ms;
    context.addIssue({ code: 'custom', message: 'there is no such time' });
    return z.NEVER;
  });

/** A moment as answers have it: UTC, to the second. */
export function utcText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `a,b` as two. */
export const commaList = text.transform((given) =>
  given
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== ''),
);

/** A list of texts or objects; programs of some languages send it as JSON. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.preprocess((given, context) => {
    if (typeof given !== 'string') return given;
    try {
      const read: unknown = JSON.parse(given);
      if (Array.isArray(read)) return read.map(asTexts);
    } catch {
      // It is told below.
    }
    context.addIssue({ code: 'custom', message: 'it must be a list, as in Name.1 and Name.2' });
    return z.NEVER;
  }, z.array(item).max(1000));
}

/** What came as JSON, as it would have come in parameters. */
function asTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTexts);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asTexts(each)]));
  }
  return value === null || value === undefined ? undefined : String(value);
}

/** Pages count from 1, under whichever names an action has for them. */
export function paged<T>(
  items: readonly T[],
  page: number,
  size: number,
): { readonly items: readonly T[]; readonly pages: number } {
  return { items: items.slice((page - 1) * size, page * size), pages: Math.max(1, Math.ceil(items.length / size)) };
}
