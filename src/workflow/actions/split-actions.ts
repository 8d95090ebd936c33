import { z } from 'zod';
import type { Json, JsonObject, StepAction, StepRun } from '../../jobs/index.ts';
import { donePartSchema, type MediaTools, partSchema, splitSourceSchema, taskSchema } from '../../media/index.ts';
import { mediaRun } from '../../mps/index.ts';
import { type FindTemplate, outputsSchema, tasksOf } from './media-input.ts';
import { parsed } from './parsed.ts';

/** Refuses an output that would set off again what it is made by. */
export type GuardOutput = (
  run: StepRun,
  target: { readonly storage: string; readonly object: string },
) => Promise<void>;

export type MediaActionsOptions = {
  readonly media: MediaTools;
  readonly findTemplate: FindTemplate;
  readonly guard: GuardOutput;
  /** How many steps all workers together may do at a time, which pieces are shared among. */
  readonly workers: () => Promise<number>;
};

const splitInput = outputsSchema.extend({
  /** Where parts are put aside until they are merged; ends with a slash. */
  parts: z.strictObject({ storage: z.string().min(1), prefix: z.string().regex(/\/$/, { error: 'must end with /' }) }),
  /** Length of a piece; left out, it follows from the source's and the number of workers. */
  pieceSeconds: z.number().min(0.5).max(86_400).nullable().optional(),
});

/** What split hands on, as `${steps.split.output.job}`. */
const splitJob = z.object({
  tasks: z.array(taskSchema).min(1),
  source: splitSourceSchema,
  pieces: z.int().min(0),
  place: z.object({ storage: z.string(), prefix: z.string() }),
});

const partInput = z.strictObject({ job: splitJob, part: partSchema });
const mergeInput = z.strictObject({
  job: splitJob,
  parts: z.array(donePartSchema).min(1),
  /** One output of `${steps.split.output.outputs}`; left out, all. */
  output: z.object({ index: z.int().min(0) }).optional(),
});

/** `split`, `transcode` and `merge`. */
export function splitActions(options: MediaActionsOptions): readonly StepAction[] {
  return [splitAction(options), transcodeAction(options), mergeAction(options)];
}

function splitAction({ media, findTemplate, guard, workers }: MediaActionsOptions): StepAction {
  return {
    name: 'split',
    run: async (run) => {
      const { pieceSeconds, parts: place, ...wanted } = parsed(splitInput, run);
      const tasks = await tasksOf(wanted, findTemplate);
      for (const { output } of tasks) await guard(run, output);
      await guard(run, { storage: place.storage, object: `${place.prefix}0/00001.mp4` });
      const wish = { pieceSeconds: pieceSeconds ?? undefined, workers: await workers() };
      const plan = await media.split.plan(tasks, wish, mediaRun(run));
      const pieces = plan.parts.filter(({ kind }) => kind === 'piece').length;
      for (const part of plan.parts) {
        if (part.kind === 'whole') run.log(`${tasks[part.of[0] ?? 0]?.output.object} in one pass: ${part.because}`);
      }
      run.log(`${pieces} pieces`);
      const outputs = tasks.map(({ output, template }, index) => ({ index, ...output, format: template.container }));
      const { durationSeconds = null } = plan;
      const output = {
        job: { tasks, source: plan.source, pieces, place },
        parts: plan.parts,
        outputs,
        durationSeconds,
      };
      return { output: output as unknown as JsonObject };
    },
  };
}

/** One part of what split has planned, or, without, all outputs in one pass. */
function transcodeAction({ media, findTemplate, guard }: MediaActionsOptions): StepAction {
  return {
    name: 'transcode',
    run: async (run) => {
      if ('part' in run.input) {
        const { job, part } = parsed(partInput, run);
        const done = await media.split.part(job.tasks, { plan: job, part, place: job.place }, mediaRun(run));
        return { output: done as unknown as JsonObject };
      }
      const tasks = await tasksOf(parsed(outputsSchema, run), findTemplate);
      for (const { output } of tasks) await guard(run, output);
      const outputs = await media.transcodeAll(tasks, mediaRun(run));
      return { output: { outputs: outputs as unknown as Json } };
    },
  };
}

function mergeAction({ media, guard }: MediaActionsOptions): StepAction {
  return {
    name: 'merge',
    run: async (run) => {
      const { job, parts, output: only } = parsed(mergeInput, run);
      const wanted = only ? [only.index] : job.tasks.map((_, index) => index);
      const outputs: Json[] = [];
      for (const [at, of] of wanted.entries()) {
        const target = job.tasks[of]?.output;
        if (target) await guard(run, target);
        const merged = await media.split.merge(
          job.tasks,
          { of, parts, pieces: job.pieces },
          mediaRun(run, `merge-${of}`),
        );
        outputs.push(merged as unknown as Json);
        run.progress((100 * (at + 1)) / wanted.length);
      }
      return { output: only ? (outputs[0] as JsonObject) : { outputs } };
    },
  };
}
