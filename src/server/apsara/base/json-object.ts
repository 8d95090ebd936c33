import { z } from 'zod';

/** An object that comes as JSON in one parameter. */
export function jsonObject<T extends z.ZodType>(schema: T) {
  return z.preprocess((given, context) => {
    if (typeof given !== 'string') return given;
    try {
      return JSON.parse(given);
    } catch {
      context.addIssue({ code: 'custom', message: 'it must be an object in JSON' });
      return z.NEVER;
    }
  }, schema);
}
