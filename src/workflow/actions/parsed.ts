import type { z } from 'zod';
import { JobError, type StepRun } from '../../jobs/index.ts';

/** A step's input by its schema; what is wrong is said with the key's name. */
export function parsed<T extends z.ZodType>(schema: T, { step, input }: Pick<StepRun, 'step' | 'input'>): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const flaws = result.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`);
  const remedy = 'Correct what the step is given; docs/workflows.md describes the actions.';
  throw new JobError('STEP_INPUT_INVALID', `${step} is given ${flaws.join('; ')}`, remedy);
}
