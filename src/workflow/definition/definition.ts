import { z } from 'zod';

const stepName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, {
  error: 'must be small letters, digits and hyphens, 40 at most, beginning with a letter',
});

/** Also the name in addresses, events and figures. */
export const workflowName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, {
  error: 'must be small letters, digits and hyphens, 63 at most, beginning with a letter',
});

const inputSchema = z.strictObject({
  type: z.enum(['text', 'number', 'yes-no', 'list', 'object', 'any']).default('any'),
  description: z.string().max(1000).optional(),
  /** Without one it must be given. */
  default: z.json().optional(),
});

const stepSchema = z.strictObject({
  name: stepName,
  action: z.string().min(1).max(40),
  description: z.string().max(1000).optional(),
  /** What the action is given; `${...}` in it are filled in. */
  with: z.record(z.string(), z.json()).default({}),
  /** Left out, it comes after the step above it; `[]` waits for none. */
  after: z.array(stepName).max(100).optional(),
  /** A list, or what a reference leads to: once for each, as `${item}`. */
  foreach: z.union([z.string(), z.array(z.json())]).optional(),
  attempts: z.int().min(1).max(10).optional(),
  /** Also runs where those before it failed, or the run was cancelled: to clean up. */
  always: z.boolean().optional(),
});

export const definitionSchema = z.strictObject({
  name: workflowName,
  description: z.string().max(1000).optional(),
  /** The pipeline its runs wait in, where they name none. */
  pipeline: z.string().min(1).max(128).optional(),
  priority: z.int().min(1).max(10).optional(),
  input: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,39}$/), inputSchema).default({}),
  /** An input that shows how: who starts a run in the console begins with it. */
  example: z.record(z.string(), z.json()).optional(),
  steps: z.array(stepSchema).min(1).max(100),
});

/** A workflow as its author wrote it, checked. */
export type Definition = z.output<typeof definitionSchema>;
export type StepDefinition = Definition['steps'][number];
export type InputDefinition = Definition['input'][string];

/** What is stored was checked, by this version of the server or an earlier one. */
export function definitionOf(kept: unknown): Definition {
  return definitionSchema.parse(kept);
}
