/** What JSON can carry; inputs and outputs of steps are such. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export type JsonObject = { readonly [name: string]: Json };

/** Where a job is: `submitted` until its first step is begun. */
export type JobState = 'submitted' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** Where a step is: `waiting` for others, `pending` until a worker takes it, `skipped` where an earlier one failed. */
export type StepState = 'waiting' | 'pending' | 'running' | 'succeeded' | 'failed' | 'skipped' | 'cancelled';

/** One step as it is asked for. */
export type NewStep = {
  /** Unique within its job: `split`, `piece-00003`, `merge`. */
  readonly name: string;
  /** Which StepAction does it: `transcode`, `snapshot`. */
  readonly action: string;
  readonly input: JsonObject;
  /** Names of steps that must have succeeded before; what they returned is given to this one. */
  readonly after?: readonly string[];
  /** Tried so often before it has failed for good; 3 where left out. */
  readonly maxAttempts?: number;
  /** Runs once those before it have ended in whatever way, also when the job failed or was cancelled: to clean up. */
  readonly runsAlways?: boolean;
};

/** A job as it is asked for: a graph of steps without a circle. */
export type NewJob = {
  /** A UUID by whoever asks twice with the same; left out, one is made. */
  readonly id?: string;
  /** What it is, for lists: `transcode`, `snapshot`, `media-info`, `workflow`. */
  readonly kind: string;
  readonly pipeline: string;
  /** 1 to 10, higher first; 6 where left out. */
  readonly priority?: number;
  /** Who asked, as the audit log names callers; work is shared out fairly among them. */
  readonly submitter: string;
  /** Bulk work that may wait: at most a part of its pipeline's quota. */
  readonly isBackfill?: boolean;
  /** The id of the template it is made by, for figures by template. */
  readonly template?: string;
  /** The asset of the library it belongs to. */
  readonly asset?: string;
  /** Given back with every answer and message, at most 1024 bytes. */
  readonly userData?: string;
  /** What the door that made it wants to remember, such as the request in its own form. */
  readonly data?: JsonObject;
  readonly steps: readonly NewStep[];
};

/** Why a step or its job has failed. */
export type JobFailure = { readonly code: string; readonly message: string };

/** A step as it is kept. Times in ms since 1970. */
export type Step = NewStep & {
  readonly state: StepState;
  readonly percent: number;
  readonly attempts: number;
  readonly output?: JsonObject;
  readonly failure?: JobFailure;
  readonly worker?: string;
  /** Its last lines, the oldest first; only where one job is asked for. */
  readonly log?: readonly string[];
  /** Since when it waits for a worker. */
  readonly readyAtMs?: number;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
};

/** A job as it is kept. Times in ms since 1970. */
export type Job = Omit<NewJob, 'steps' | 'id' | 'priority'> & {
  readonly id: string;
  readonly priority: number;
  readonly state: JobState;
  readonly percent: number;
  readonly failure?: JobFailure;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
};
