import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rootMessage } from '../store/index.ts';
import type { Job, JobFailure, JsonObject } from './job.ts';
import type { StepAction, StepResult } from './step-action.ts';
import type { StepRow } from './step-queue.ts';

const MAX_LOG_LINES = 200;
const MAX_LINE_LENGTH = 1_000;
const MAX_MESSAGE_LENGTH = 2_000;

/** Why a run was broken off, as the reason of its signal. */
export type Break = 'cancelled' | 'lost' | 'stopping';

/** How a run ended. */
export type RunOutcome =
  | { readonly kind: 'succeeded'; readonly result: StepResult }
  | { readonly kind: 'failed'; readonly failure: JobFailure; readonly isFinal: boolean }
  | { readonly kind: 'broken'; readonly why: Break };

/** One attempt while it lasts: what it says of itself, and the way to break it off. */
export class StepAttempt {
  readonly row: StepRow;
  readonly #breaking = new AbortController();
  readonly #lines: string[];
  #percent = 0;
  #isUnsaid = false;

  constructor(row: StepRow) {
    this.row = row;
    this.#lines = [...row.log];
  }

  breakOff(why: Break): void {
    this.#breaking.abort(why);
  }

  get brokenBy(): Break | undefined {
    return this.#breaking.signal.aborted ? (this.#breaking.signal.reason as Break) : undefined;
  }

  /** The last lines of this and earlier attempts. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** What has not been written yet; undefined where nothing is new. */
  takeNews(): { readonly percent: number; readonly lines: readonly string[] } | undefined {
    if (!this.#isUnsaid) return undefined;
    this.#isUnsaid = false;
    return { percent: this.#percent, lines: [...this.#lines] };
  }

  say(line: string): void {
    const text = `${new Date().toISOString()} ${line.replaceAll('\n', ' ').slice(0, MAX_LINE_LENGTH)}`;
    this.#lines.push(text);
    this.#lines.splice(0, this.#lines.length - MAX_LOG_LINES);
    this.#isUnsaid = true;
  }

  /** Runs the action in a new folder below `parent`, which goes afterwards. */
  async run(
    action: StepAction,
    {
      job,
      before,
      parent,
    }: { readonly job: Job; readonly before: ReadonlyMap<string, JsonObject>; readonly parent: string },
  ): Promise<RunOutcome> {
    const { name, input, attempts: attempt } = this.row;
    await mkdir(parent, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(parent, `${job.id}-`));
    try {
      const result = await action.run({
        ...{ job, step: name, input, before, attempt, folder, signal: this.#breaking.signal },
        progress: (percent) => this.#progress(percent),
        log: (line) => this.say(line),
      });
      return { kind: 'succeeded', result };
    } catch (error) {
      if (this.brokenBy) return { kind: 'broken', why: this.brokenBy };
      return { kind: 'failed', ...failureOf(error) };
    } finally {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  #progress(percent: number): void {
    const bounded = Math.min(100, Math.max(0, percent));
    if (!Number.isFinite(percent) || bounded === this.#percent) return;
    this.#percent = bounded;
    this.#isUnsaid = true;
  }
}

/** Errors with a code and a remedy say themselves whether another try can help; any other may be chance. */
export function failureOf(error: unknown): { readonly failure: JobFailure; readonly isFinal: boolean } {
  const { code, remedy, isFinal } = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  const message = rootMessage(error);
  if (typeof code !== 'string' || typeof remedy !== 'string') {
    return { failure: { code: 'INTERNAL', message: message.slice(0, MAX_MESSAGE_LENGTH) }, isFinal: false };
  }
  const said = error instanceof Error ? error.message : message;
  const text = `${said.replace(/[.\s]+$/, '')}. ${remedy}`;
  return { failure: { code, message: text.slice(0, MAX_MESSAGE_LENGTH) }, isFinal: isFinal === true };
}
