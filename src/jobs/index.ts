export type { EventHandler, JobEvent } from './follow-jobs.ts';
export type { Job, JobFailure, JobState, Json, JsonObject, NewJob, NewStep, Step, StepState } from './job.ts';
export { JobError } from './job-error.ts';
export type { JobEventKind } from './job-events.ts';
export { JobWorker, type JobWorkerOptions, type WorkedStep } from './job-worker.ts';
export { type JobFilter, type JobPage, Jobs, type JobsOptions } from './jobs.ts';
export { DEFAULT_PIPELINE, type Pipeline, type PipelineChanges, Pipelines } from './pipelines.ts';
export { andThen, type StepAction, type StepResult, type StepRun } from './step-action.ts';
