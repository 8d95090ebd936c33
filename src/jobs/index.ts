export type { Job, JobFailure, JobState, Json, JsonObject, NewJob, NewStep, Step, StepState } from './job.ts';
export { JobError } from './job-error.ts';
export type { StepAction, StepResult, StepRun } from './step-action.ts';
