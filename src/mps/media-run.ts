import type { StepRun } from '../jobs/index.ts';
import type { MediaRun } from '../media/index.ts';

/** The run of an action as media sees it. Another try of a step makes the same names. */
export function mediaRun(run: StepRun, subfolder?: string): MediaRun {
  return {
    ...{ signal: run.signal, progress: run.progress, log: run.log },
    folder: subfolder === undefined ? run.folder : `${run.folder}/${subfolder}`,
    seed: `${run.job.id}/${run.step}`,
    atMs: run.job.createdAtMs,
  };
}
