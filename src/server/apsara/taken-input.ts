import type { z } from 'zod';
import { ApsaraError, invalidParameter, missingParameter } from './base/index.ts';
import type { Parameters } from './parameters.ts';

/** The parameters as the action's schema has them; throws for the first that is missing or wrong. */
export function takenInput<I extends z.ZodObject>(schema: I, parameters: Parameters): z.output<I> {
  const result = schema.safeParse(parameters);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue === undefined) throw new ApsaraError(400, 'InvalidParameter', 'The parameters are not valid.');
  const name = issue.path.map((step) => (typeof step === 'number' ? step + 1 : String(step))).join('.');
  const given = issue.path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    parameters,
  );
  throw given === undefined ? missingParameter(name) : invalidParameter(name, issue.message);
}
