import type { z } from 'zod';
import { problemWords, schemaProblems } from '../../rules/index.ts';
import { OperationError } from './operation-error.ts';

/** What was given for the path, the query or the body, as the schema has it; throws with the place of each fault. */
export function taken<T extends z.ZodType>(where: 'path' | 'query' | 'body', schema: T, given: unknown): z.output<T> {
  const result = schema.safeParse(given, { error: problemWords });
  if (result.success) return result.data;
  const errors = schemaProblems(schema, result.error).map(({ path, message }) => ({
    path: [where, ...path.split(/[[\].]+/).filter((step) => step !== '')].join('.'),
    message,
  }));
  const [first] = errors;
  const title = `${first?.path ?? where}: ${first?.message ?? 'is not as it should be'}`;
  throw new OperationError(400, 'BAD_REQUEST', title, 'Correct the fields that errors names.', errors);
}
