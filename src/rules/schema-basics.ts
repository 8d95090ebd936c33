import { z } from 'zod';

/** A time in seconds, with its default and its most. */
export const seconds = (value: number, max = 86_400) => z.number().min(0).max(max).default(value);
/** A number of things, with its default. */
export const count = (value: number) => z.int().min(0).max(1_000_000).default(value);

/** Letters, with `*` for any run of them. */
export const pattern = z
  .string()
  .regex(/^[A-Za-z0-9_.*/-]{1,1023}$/)
  .default('*');

/** What a rule is about; `*` stands for anything. */
export const match = z.strictObject({ domain: pattern, app: pattern, stream: pattern }).prefault({});

/** Words of the operator's own on an object, to find and to add up by: `{ team: shop }`. */
export const tags = z
  .record(
    z.string().regex(/^[\p{L}\p{N}_.:=+@-]{1,128}$/u, { error: 'must be 1 to 128 letters, digits and _ . : = + @ -' }),
    z.string().max(256),
  )
  .refine((given) => Object.keys(given).length <= 20, { error: 'must be 20 at most' })
  .optional()
  .describe('Your own words, such as team: shop; lists are filtered by them');

/** A time in whole days, ten years at most. */
export const days = (value: number) =>
  z.int().min(0, { error: 'must be 0 to 3650 days' }).max(3650, { error: 'must be 0 to 3650 days' }).default(value);

/** The name of a storage of the configuration. */
export const storageName = z.string().min(1).max(32);
