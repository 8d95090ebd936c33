import type { Job, JsonObject, NewStep } from './job.ts';

/** One attempt at a step, as its action sees it. */
export type StepRun = {
  readonly job: Job;
  /** The step's name, unique within the job. */
  readonly step: string;
  readonly input: JsonObject;
  /** What the steps before this one returned, by their names. */
  readonly before: ReadonlyMap<string, JsonObject>;
  /** 1 at the first try. */
  readonly attempt: number;
  /** An empty folder of this attempt alone, removed afterwards. */
  readonly folder: string;
  /** Aborted when the job is cancelled, the lease is lost or the worker stops. */
  readonly signal: AbortSignal;
  /** 0 to 100; written at most once a second. */
  readonly progress: (percent: number) => void;
  /** One line for people, kept with the step. */
  readonly log: (line: string) => void;
};

/** How a step ended; `then` are steps to be added to the job, those after this one waiting for them as well. */
export type StepResult = { readonly output: JsonObject; readonly then?: readonly NewStep[] };

/**
 * What does the steps of one name. It may be run more than once, also while an earlier run still lives somewhere: its
 * outputs have names that follow from its input, and appear whole or not at all.
 */
export type StepAction = {
  readonly name: string;
  /** Throws JobError with isFinal where another try cannot help. */
  readonly run: (run: StepRun) => Promise<StepResult>;
};

/** The result of a step that found out what comes next. */
export function andThen(output: JsonObject, steps: readonly NewStep[]): StepResult {
  // biome-ignore lint/suspicious/noThenProperty: an array is no function, so nobody takes the result for a promise.
  return { output, then: steps };
}
