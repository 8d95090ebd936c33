import { andThen, JobError, type Json, type JsonObject, type NewStep, type StepAction } from '../../jobs/index.ts';
import { FOREACH, type ForeachInput, fill, fillLast } from '../definition/index.ts';
import { orDead, scopeOf } from './filled.ts';

const MAX_ITEMS = 2000;

/** Makes a step of each item of a list; what comes after waits for all of them. */
export const foreachAction: StepAction = {
  name: FOREACH,
  run: async (run) => {
    const { items, action, with: input, attempts } = run.input as ForeachInput;
    const scope = scopeOf(run);
    const list = orDead(() => fillLast({ items }, scope)).items;
    if (!Array.isArray(list)) {
      const remedy = 'Refer to a list, such as the parts that split has in its output.';
      throw new JobError('WORKFLOW_REFERENCE', `foreach of ${run.step} leads to no list`, remedy);
    }
    if (list.length > MAX_ITEMS) {
      const problem = `foreach of ${run.step} has ${list.length} items, more than ${MAX_ITEMS}`;
      throw new JobError('WORKFLOW_TOO_LARGE', problem, 'Make fewer and larger pieces.');
    }
    const common = orDead(() => fill(input, scope));
    const steps = list.map((item: Json, index): NewStep => {
      const name = `${run.step}-${String(index + 1).padStart(5, '0')}`;
      const own = orDead(() => fill(common, { item, index })) as JsonObject;
      return { name, action, input: own, ...(attempts === null ? {} : { maxAttempts: attempts }) };
    });
    run.log(`${steps.length} steps`);
    return andThen({ count: steps.length }, steps);
  },
};
