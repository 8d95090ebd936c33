import type { Json, JsonObject, NewStep } from '../../jobs/index.ts';
import type { Definition, InputDefinition, StepDefinition } from './definition.ts';
import { fill } from './references.ts';
import { waitsFor } from './waits-for.ts';
import { WorkflowError } from './workflow-error.ts';

/** The action that makes a step for each item of a list. */
export const FOREACH = 'foreach';

/** What a step with `foreach` is given: the list, and the step to be made for each. */
export type ForeachInput = {
  readonly items: Json;
  readonly action: string;
  readonly with: JsonObject;
  readonly attempts: number | null;
};

/** Which run of which version. */
export type RunNames = { readonly id: string; readonly workflow: string; readonly version: number };

/** A workflow with an input as steps of a job. Throws WORKFLOW_INPUT. */
export function stepsOfRun(definition: Definition, given: JsonObject, run: RunNames): NewStep[] {
  const scope = { input: completeInput(definition, given), run };
  return definition.steps.map((step, index) => {
    const input = fill(step.foreach === undefined ? step.with : foreachInput(step), scope) as JsonObject;
    return {
      name: step.name,
      action: step.foreach === undefined ? step.action : FOREACH,
      input,
      after: waitsFor(definition.steps, index),
      ...(step.always ? { runsAlways: true } : {}),
      ...(step.attempts === undefined || step.foreach !== undefined ? {} : { maxAttempts: step.attempts }),
    };
  });
}

function foreachInput({ foreach, action, with: input, attempts }: StepDefinition): ForeachInput {
  return { items: foreach ?? [], action, with: input, attempts: attempts ?? null };
}

/** What was given, with the defaults of what was not. */
function completeInput({ input }: Definition, given: JsonObject): JsonObject {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(input, name));
  if (unknown !== undefined) throw wrongInput(`${unknown} is no input of the workflow`, Object.keys(input));
  const entries = Object.entries(input).map(([name, declared]) => {
    const value = Object.hasOwn(given, name) ? given[name] : declared.default;
    if (value === undefined) throw wrongInput(`${name} must be given`, Object.keys(input));
    if (!isOfType(value, declared.type)) throw wrongInput(`${name} must be a ${declared.type}`, Object.keys(input));
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}

function isOfType(value: Json, type: InputDefinition['type']): boolean {
  switch (type) {
    case 'any':
      return true;
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'yes-no':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
}

function wrongInput(problem: string, names: readonly string[]): WorkflowError {
  const remedy = `Give input with ${names.join(', ') || 'nothing in it'}, as the workflow declares it.`;
  return new WorkflowError('WORKFLOW_INPUT', problem, remedy);
}
