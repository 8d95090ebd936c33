import { setTimeout as delay } from 'node:timers/promises';
import {
  type Claim,
  type ClaimQueue,
  type ClaimQueueOptions,
  isRefusedData,
  type Logger,
  type Outcome,
  retryDelayMs,
  rootMessage,
  type Store,
  storable,
} from '../store/index.ts';
import type { JobFailure, JsonObject } from './job.ts';
import { addLaterSteps, advanceJob, type EndedJob, lockJob, updateJob } from './job-changes.ts';
import { JobError } from './job-error.ts';
import { type JobRow, jobOf } from './job-rows.ts';
import { CANCELS_CHANNEL } from './jobs.ts';
import type { StepAction } from './step-action.ts';
import { type StepRow, stepQueue } from './step-queue.ts';
import { failureOf, type RunOutcome, StepAttempt } from './step-run.ts';
import { saySoon } from './tell-progress.ts';

/** A step whose workers died of it so often, beside its own failures, is given up. */
const MAX_LOST_WORKERS = 5;
const WRITE_AGAIN_MS = 500;
/** So long an action has to end when it is told to. */
const END_MS = 10_000;

/** What became of a step on this worker, for figures. Times in ms. */
export type WorkedStep = {
  readonly action: string;
  readonly pipeline: string;
  readonly outcome: 'succeeded' | 'failed' | 'retried' | 'lost';
  readonly waitedMs: number;
  readonly tookMs: number;
};

/** `folder` holds the folders of attempts; `queue`, `endMs` and `retryDelayMs` shorten times in tests. */
export type JobWorkerOptions = {
  readonly store: Store;
  readonly log: Logger;
  readonly actions: readonly StepAction[];
  readonly concurrency: number;
  readonly folder: string;
  /** Shown with the steps it works. */
  readonly name: string;
  readonly onWorked?: (step: WorkedStep) => void;
  readonly onEnded?: (job: EndedJob) => void;
  /** While it is so, it begins no step. */
  readonly isResting?: (() => boolean) | undefined;
  readonly queue?: Pick<ClaimQueueOptions, 'leaseMs' | 'renewEveryMs' | 'sweepEveryMs'>;
  readonly endMs?: number;
  readonly retryDelayMs?: (failures: number) => number;
};

/** Works steps, as many at a time as it may, until it is stopped; as many workers as wanted share one database. */
export class JobWorker {
  readonly #options: JobWorkerOptions;
  readonly #actions: ReadonlyMap<string, StepAction>;
  readonly #queue: ClaimQueue<StepRow>;
  readonly #running = new Set<StepAttempt>();
  readonly #ended = new Map<Claim<StepRow>, { readonly attempt: StepAttempt; readonly result: RunOutcome }>();
  #isStopping = false;
  #end: (() => Promise<void>) | undefined;

  constructor(options: JobWorkerOptions) {
    this.#options = options;
    this.#actions = new Map(options.actions.map((action) => [action.name, action]));
    const { store, log, name, queue, isResting } = options;
    this.#queue = stepQueue({ ...queue, store, log, isResting, worker: name, actions: [...this.#actions.keys()] });
  }

  /** How many steps it works now. */
  get busy(): number {
    return this.#running.size;
  }

  start(): void {
    const { store, concurrency } = this.#options;
    if (this.#end !== undefined || concurrency === 0) return;
    const endListening = store.listen(CANCELS_CHANNEL, (jobId) => this.#cancelled(jobId));
    const endTelling = saySoon({ ...this.#options, running: this.#running });
    const endWork = this.#queue.work({
      concurrency,
      handle: (claim) => this.#handle(claim),
      settle: (claim, outcome) => this.#settle(claim, outcome),
    });
    this.#end = async () => {
      await endWork();
      endListening();
      await endTelling();
    };
  }

  /** Begins no more, and gives back untried what is not done within `graceMs`; what does not end then keeps its lease. */
  async stop(graceMs = 0): Promise<void> {
    const ended = this.#end?.();
    if (ended === undefined) return;
    const within = (ms: number) => Promise.race([ended, delay(ms, undefined, { ref: false })]);
    if (graceMs > 0) await within(graceMs);
    this.#isStopping = true;
    for (const attempt of this.#running) attempt.breakOff('stopping');
    await within(this.#options.endMs ?? END_MS);
  }

  #cancelled(jobId: string): void {
    for (const attempt of this.#running) if (attempt.row.job_id === jobId) attempt.breakOff('cancelled');
  }

  async #handle(claim: Claim<StepRow>): Promise<Outcome> {
    const attempt = new StepAttempt(claim.row);
    this.#running.add(attempt);
    const lose = () => attempt.breakOff('lost');
    claim.lost.addEventListener('abort', lose, { once: true });
    try {
      const result = await this.#run(claim.row, attempt);
      this.#ended.set(claim, { attempt, result });
      return this.#outcomeOf(claim.row, result, attempt);
    } finally {
      claim.lost.removeEventListener('abort', lose);
      this.#running.delete(attempt);
    }
  }

  async #run(row: StepRow, attempt: StepAttempt): Promise<RunOutcome> {
    const action = this.#actions.get(row.action);
    if (row.attempts - row.failures > MAX_LOST_WORKERS)
      return { kind: 'failed', failure: LOST_TOO_OFTEN, isFinal: true };
    if (action === undefined) return { kind: 'broken', why: 'stopping' };
    try {
      const { store, folder } = this.#options;
      const [job] = await store.query<JobRow>('select * from headwater.jobs where id = $1', [row.job_id]);
      if (job === undefined) return { kind: 'broken', why: 'cancelled' };
      const text = `select name, output from headwater.job_steps
        where job_id = $1 and name = any($2) and state = 'succeeded' order by id`;
      const done = await store.query<{ name: string; output: JsonObject | null }>(text, [row.job_id, row.after]);
      const before = new Map(done.map(({ name, output }) => [name, output ?? {}]));
      if (this.#isStopping) return { kind: 'broken', why: 'stopping' };
      return await attempt.run(action, { job: jobOf(job), before, parent: folder });
    } catch (error) {
      return { kind: 'failed', ...failureOf(error) };
    }
  }

  #outcomeOf(row: StepRow, outcome: RunOutcome, attempt: StepAttempt): Outcome {
    if (outcome.kind === 'broken') return { kind: 'retry', inMs: 0 };
    if (outcome.kind === 'succeeded') {
      const set = { output: json(outcome.result.output), percent: 100, failure_code: null, failure_message: null };
      return { kind: 'done', set: { ...set, log: json(attempt.lines) } };
    }
    const failures = row.failures + 1;
    const { code, message } = outcome.failure;
    attempt.say(`attempt ${row.attempts} failed: ${code}: ${message}`);
    const failed = { failures, failure_code: code, failure_message: storable(message), log: json(attempt.lines) };
    if (outcome.isFinal || failures >= row.max_attempts) return { kind: 'dead', set: failed };
    return { kind: 'retry', inMs: (this.#options.retryDelayMs ?? retryDelayMs)(failures), set: failed };
  }

  /** While the database is away the outcome waits for it, as long as the lease is ours. */
  async #settle(claim: Claim<StepRow>, outcome: Outcome): Promise<boolean> {
    const { attempt, result } = this.#ended.get(claim) ?? {};
    this.#ended.delete(claim);
    const endedAtMs = Date.now();
    for (;;) {
      try {
        const isOurs = await this.#write(claim, outcome, result);
        if (!isOurs) await this.#left(claim.row);
        this.#worked(claim.row, isOurs ? nameOf(outcome, result) : 'lost', endedAtMs);
        return isOurs;
      } catch (error) {
        if (attempt && result?.kind === 'succeeded' && (error instanceof JobError || isRefusedData(error))) {
          const failed: RunOutcome = { kind: 'failed', failure: failureOf(error).failure, isFinal: true };
          this.#ended.set(claim, { attempt, result: failed });
          return this.#settle(claim, this.#outcomeOf(claim.row, failed, attempt));
        }
        if (claim.lost.aborted || this.#isStopping) throw error;
        const { log } = this.#options;
        log.warn({ job: claim.row.job_id, step: claim.row.name, reason: rootMessage(error) }, 'outcome waits');
        await delay(WRITE_AGAIN_MS);
      }
    }
  }

  async #write(claim: Claim<StepRow>, outcome: Outcome, result: RunOutcome | undefined): Promise<boolean> {
    if (result?.kind === 'broken') {
      if (result.why === 'stopping') await this.#queue.release([claim]);
      else this.#queue.abandon(claim);
      return false;
    }
    const { job_id: jobId, name } = claim.row;
    let ended: EndedJob | undefined;
    const isOurs = await this.#queue.settle(claim, outcome, async (client, write) => {
      const job = await lockJob(client, jobId);
      if (job === undefined || !(await write())) return false;
      const later = result?.kind === 'succeeded' ? (result.result.then ?? []) : [];
      if (later.length > 0) await addLaterSteps(client, job, name, later);
      await updateJob(client, jobId, outcome.kind === 'dead' ? failureIn(result) : undefined);
      ended = await advanceJob(client, job, [{ jobId, step: name, kind: EVENTS[outcome.kind] }]);
      return true;
    });
    if (isOurs && ended) this.#options.onEnded?.(ended);
    return isOurs;
  }

  /** Nobody is at a cancelled step any more; unsaid, that follows when its lease ends. */
  async #left({ id, attempts }: StepRow): Promise<void> {
    const text = `update headwater.job_steps set lease_until = null
      where id = $1 and attempts = $2 and state = 'cancelled'`;
    await this.#options.store.query(text, [id, attempts]).catch(() => undefined);
  }

  #worked(row: StepRow, outcome: WorkedStep['outcome'], endedAtMs: number): void {
    const waitedMs = Math.max(0, row.started_at.getTime() - row.ready_at.getTime());
    const tookMs = Math.max(0, endedAtMs - row.started_at.getTime());
    this.#options.onWorked?.({ action: row.action, pipeline: row.pipeline, outcome, waitedMs, tookMs });
  }
}

const EVENTS = { done: 'step_succeeded', retry: 'step_retried', dead: 'step_failed' } as const;

const LOST_TOO_OFTEN: JobFailure = {
  code: 'WORKER_LOST',
  message:
    'its workers ended while they worked it, again and again. Look whether they run out of memory, then retry the job.',
};

function nameOf(outcome: Outcome, result: RunOutcome | undefined): WorkedStep['outcome'] {
  if (result?.kind === 'broken') return 'lost';
  return outcome.kind === 'done' ? 'succeeded' : outcome.kind === 'dead' ? 'failed' : 'retried';
}

function failureIn(result: RunOutcome | undefined): JobFailure {
  return result?.kind === 'failed' ? result.failure : { code: 'INTERNAL', message: 'the step failed' };
}

function json(value: unknown): string {
  return JSON.stringify(storable(value));
}
