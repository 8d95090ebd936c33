import { JobError, type Json, type JsonObject, type StepAction, type StepRun } from '../../jobs/index.ts';
import { DeadReference, fillLast, type Scope, WORKFLOW_JOB } from '../definition/index.ts';

/** Names of the steps that `foreach` makes: that of the step, and a number. */
const CHILD = /^(.+)-(\d{5})$/;

/** The same action for steps of workflows, whose inputs refer to what came before. Others' inputs are taken as they are. */
export function filled(action: StepAction): StepAction {
  return {
    name: action.name,
    run: (run) => action.run(run.job.kind === WORKFLOW_JOB ? { ...run, input: filledInput(run) } : run),
  };
}

function filledInput(run: StepRun): JsonObject {
  return orDead(() => fillLast(run.input, scopeOf(run)));
}

/** What references in a step may lead to: the outputs of what came before it. */
export function scopeOf({ before }: Pick<StepRun, 'before'>): Scope {
  const steps: Record<string, { output: JsonObject; outputs: Json[] }> = {};
  for (const [name, output] of before) steps[name] = { output, outputs: [] };
  for (const name of [...before.keys()].sort()) {
    const parent = CHILD.exec(name)?.[1];
    const output = before.get(name);
    if (parent !== undefined && output) steps[parent]?.outputs.push(output);
  }
  return { steps };
}

/** A reference that leads nowhere is the workflow's mistake, which another try does not mend. */
export function orDead<T>(fillIn: () => T): T {
  try {
    return fillIn();
  } catch (error) {
    if (!(error instanceof DeadReference)) throw error;
    const remedy = 'Correct the reference in a new version of the workflow, and start the run anew.';
    throw new JobError('WORKFLOW_REFERENCE', error.message, remedy, { cause: error });
  }
}
