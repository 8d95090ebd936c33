import { z } from 'zod';
import { JobError, type StepAction } from '../../jobs/index.ts';
import type { Storages } from '../../storage/index.ts';
import { parsed } from './parsed.ts';

const cleanupInput = z.strictObject({
  storage: z.string().min(1),
  /** Of the objects that go; ends with a slash, and has the run's id in it. */
  prefix: z.string().min(1),
});

/** `cleanup`: removes what a run has put aside for itself, and nothing else: the prefix must have the run's id in it. */
export function cleanupAction(storages: Storages): StepAction {
  return {
    name: 'cleanup',
    run: async (run) => {
      const { storage: name, prefix } = parsed(cleanupInput, run);
      if (!prefix.endsWith('/') || !prefix.split('/').includes(run.job.id)) {
        const remedy = 'Put aside below a folder of the run, as parts/$' + '{run.id}/, and clean up that.';
        throw new JobError('CLEANUP_REFUSED', `${prefix} is no folder of this run`, remedy);
      }
      const storage = storages.get(name);
      const names: string[] = [];
      for await (const object of storage.list(prefix, { signal: run.signal })) names.push(object.name);
      for (const [index, object] of names.entries()) {
        await storage.delete(object, run.signal);
        run.progress((100 * (index + 1)) / names.length);
      }
      run.log(`${names.length} objects removed`);
      return { output: { count: names.length } };
    },
  };
}
