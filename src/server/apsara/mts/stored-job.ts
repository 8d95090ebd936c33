import { z } from 'zod';
import { type ActionCall, ApsaraError, type Body, isNotFound, jsonObject, utcText } from '../base/index.ts';

/** A job as REST has it. */
export type StoredJob = {
  readonly id: string;
  readonly kind: string;
  readonly pipeline: string;
  readonly priority: number;
  readonly userData?: string;
  readonly state: 'submitted' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly percent: number;
  readonly failure?: { readonly code: string; readonly message: string };
  readonly createdAt: string;
  readonly finishedAt?: string;
  readonly steps: readonly {
    readonly action: string;
    readonly state: 'waiting' | 'pending' | 'running' | 'succeeded' | 'failed' | 'skipped' | 'cancelled';
    readonly percent: number;
    readonly input: unknown;
    readonly output?: unknown;
  }[];
};

/** Names of objects come as JSON. */
export const place = jsonObject(
  z.record(z.string(), z.unknown(), { error: 'it must be {"Bucket":…,"Location":…,"Object":…}' }),
);

/** Ids are 32 hexadecimal digits there. */
export const mpsId = (id: string): string => id.replaceAll('-', '');

export function ownId(id: string): string | undefined {
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i.exec(mpsId(id));
  return parts?.slice(1).join('-').toLowerCase();
}

/** The one step of a job, whose action is the job's kind. */
export function stepOf({ kind, steps }: StoredJob): StoredJob['steps'][number] {
  const step = steps.find(({ action }) => action === kind);
  if (step === undefined) throw new ApsaraError(404, 'JobNotFound', 'Specified job is not found.');
  return step;
}

/** Undefined where there is none of this kind. */
export async function jobOf(ask: ActionCall['ask'], given: string, kind: string): Promise<StoredJob | undefined> {
  const id = ownId(given);
  if (id === undefined) return undefined;
  try {
    const job = await ask<StoredJob>('getJob', { params: { id } });
    return job.kind === kind && job.steps.some(({ action }) => action === kind) ? job : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** All jobs of a kind of one pipeline and span, the newest first, by pages; the token is the place of the next one. */
export async function jobPage(
  ask: ActionCall['ask'],
  query: object,
  { size, token }: { readonly size: number; readonly token: string | undefined },
): Promise<{ readonly jobs: readonly StoredJob[]; readonly next: string | undefined }> {
  const asked = { ...query, limit: size, ...(token && { cursor: token }) };
  const { jobs, nextCursor } = await ask<{ jobs: readonly { id: string }[]; nextCursor?: string }>('listJobs', {
    query: asked,
  });
  const whole = await Promise.all(jobs.map(({ id }) => ask<StoredJob>('getJob', { params: { id } })));
  return { jobs: whole, next: nextCursor };
}

/** How far the job is, whoever has yet to be told of it. */
export function progressOf(job: StoredJob): StoredJob['state'] {
  const { state } = stepOf(job);
  return state === 'succeeded' || state === 'failed' ? state : job.state;
}

/** Each state of ours in the words of an action's family. */
export function stateOf(
  job: StoredJob,
  words: readonly [submitted: string, running: string, succeeded: string, failed: string],
): string {
  const [submitted, running, succeeded, failed] = words;
  return { submitted, running, succeeded, failed, cancelled: failed }[progressOf(job)];
}

/** Code and sentence of a job that failed, and its times. */
export function aboutJob({ failure, createdAt, finishedAt }: StoredJob): Body {
  return {
    CreationTime: utcText(Date.parse(createdAt)),
    ...(finishedAt !== undefined && { FinishTime: utcText(Date.parse(finishedAt)) }),
    ...(failure && { Code: failure.code, Message: failure.message }),
  };
}

/** How many of the ids that an action names at most. */
export function checkCount(ids: readonly string[], most: number, name: string): void {
  if (ids.length >= 1 && ids.length <= most) return;
  throw new ApsaraError(400, 'InvalidParameter', `The parameter "${name}" is not valid: it must name 1 to ${most}.`);
}

/** The step that tells the address of a pipeline how the one before it ended. */
export function messageSteps(
  { notify }: { readonly notify?: { readonly url?: string } },
  step: string,
  type: 'Transcode' | 'Snapshot' | 'MediaInfo',
): readonly object[] {
  if (notify?.url === undefined) return [];
  const input = { url: notify.url, type, step };
  return [{ name: 'notify', action: 'mps-notify', after: [step], runsAlways: true, maxAttempts: 10, input }];
}
