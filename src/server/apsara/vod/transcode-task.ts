import { type ActionCall, ApsaraError, type Body, isNotFound } from '../base/index.ts';
import { type StoredFile, timeText, vodId } from './stored-asset.ts';

/** A job of processing as REST has it. */
export type ProcessingJob = {
  readonly id: string;
  readonly kind: string;
  readonly asset?: string;
  readonly template?: string;
  readonly priority: number;
  readonly state: 'submitted' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly failure?: { readonly code: string; readonly message: string };
  readonly createdAt: string;
  readonly finishedAt?: string;
  readonly userData?: string;
  readonly steps: readonly {
    readonly name: string;
    readonly action: string;
    readonly state: string;
    readonly percent: number;
    readonly input: unknown;
    readonly startedAt?: string;
    readonly finishedAt?: string;
  }[];
};

/** What a job makes or made: as its step has it, and the file once there is one. */
export type TranscodeOutput = {
  readonly job: ProcessingJob;
  /** The one that makes it. */
  readonly step: ProcessingJob['steps'][number];
  readonly number: number;
  readonly definition: string;
  readonly template: string;
  readonly watermarks: number;
  readonly file: StoredFile | undefined;
};

const TRANSCODE = 'asset-transcode';
export const PROCESSING = 'asset-processing';

type Rung = {
  readonly definition: string;
  readonly templateId: string;
  readonly number?: number;
  readonly watermarks?: readonly unknown[];
};

/** The outputs of a job; none before the original was looked into. */
export function outputsOf(job: ProcessingJob, files: readonly StoredFile[]): readonly TranscodeOutput[] {
  const outputs = job.steps.filter(({ action }) => action === TRANSCODE).flatMap((step) => outputsOfStep(job, step));
  return outputs
    .map((output) => ({
      ...output,
      file: files.find((each) => each.job === job.id && each.jobOutput === output.number),
    }))
    .toSorted((a, b) => a.number - b.number);
}

function outputsOfStep(job: ProcessingJob, step: ProcessingJob['steps'][number]) {
  const { rungs = [] } = step.input as { readonly rungs?: readonly Rung[] };
  return rungs.map(({ definition, templateId: template, watermarks = [], number }, index) => ({
    ...{ job, step, definition, template, number: number ?? index + 1, watermarks: watermarks.length },
  }));
}

/** The id of a job, and which of its outputs is meant where one is. */
export function jobAndOutput(id: string): { readonly job: string; readonly output: number | undefined } | undefined {
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})(\d\d)?$/i.exec(id);
  if (!parts) return undefined;
  const job = parts.slice(1, 6).join('-').toLowerCase();
  return { job, output: parts[6] === undefined ? undefined : Number(parts[6]) };
}

/** Undefined where there is no job of processing of this id. */
export async function processingJob(ask: ActionCall['ask'], id: string): Promise<ProcessingJob | undefined> {
  try {
    const job = await ask<ProcessingJob>('getJob', { params: { id } });
    return job.kind === PROCESSING ? job : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The processing of an asset, the latest first. */
export async function processingJobs(ask: ActionCall['ask'], asset: string): Promise<readonly ProcessingJob[]> {
  const { jobs } = await ask<{ jobs: readonly ProcessingJob[] }>('listAssetJobs', { params: { id: asset } });
  return jobs.filter(({ kind }) => kind === PROCESSING);
}

export function noSuchResource(what: string): ApsaraError {
  return new ApsaraError(404, 'NoSuchResource', `The specified resource ${what} does not exist.`);
}

function taskState({ state, steps }: ProcessingJob): string {
  if (state === 'submitted' || state === 'running') return 'Processing';
  if (state === 'succeeded') return 'CompleteAllSucc';
  const isPartly = steps.some((step) => step.action === TRANSCODE && step.state === 'succeeded');
  return isPartly ? 'CompletePartialSucc' : 'CompleteAllFail';
}

export function shownTask(job: ProcessingJob): Body {
  const { id, asset = '', template, createdAt, finishedAt, steps } = job;
  const [{ input } = { input: {} }] = steps;
  return {
    ...{ TranscodeTaskId: vodId(id), VideoId: asset, TaskStatus: taskState(job) },
    ...{ CreationTime: timeText(createdAt), Trigger: (input as { group?: string }).group ? 'Manual' : 'Auto' },
    ...(finishedAt !== undefined && { CompleteTime: timeText(finishedAt) }),
    ...(template !== undefined && { TranscodeTemplateGroupId: template }),
  };
}

function stateOf({ step: { state } }: TranscodeOutput): 'Transcoding' | 'TranscodeSuccess' | 'TranscodeFail' {
  if (state === 'succeeded') return 'TranscodeSuccess';
  return state === 'failed' || state === 'cancelled' || state === 'skipped' ? 'TranscodeFail' : 'Transcoding';
}

function aboutOutput(output: TranscodeOutput): Body {
  const { job, template, step } = output;
  const state = stateOf(output);
  return {
    ...{ TranscodeTemplateId: template, TranscodeJobStatus: state, CreationTime: timeText(job.createdAt) },
    TranscodeProgress: state === 'TranscodeSuccess' ? 100 : Math.floor(step.percent),
    ...(step.finishedAt !== undefined && { CompleteTime: timeText(step.finishedAt) }),
    ...(state === 'TranscodeFail' && job.failure && { ErrorCode: job.failure.code, ErrorMessage: job.failure.message }),
  };
}

function figuresOf({ format, sizeBytes, durationSeconds, bitsPerSecond, fps, width, height }: StoredFile): Body {
  const kbps = bitsPerSecond === undefined ? undefined : (bitsPerSecond / 1000).toFixed(3);
  const figures = { Duration: durationSeconds, Bitrate: kbps, Fps: fps, Width: width, Height: height };
  const known = Object.entries(figures).filter(([, value]) => value !== undefined);
  return {
    ...{ Format: format, Filesize: sizeBytes },
    ...Object.fromEntries(known.map(([name, value]) => [name, String(value)])),
  };
}

/** An output as GetTranscodeTask has it. */
export function shownOutput(output: TranscodeOutput): Body {
  const { job, number, definition, file } = output;
  const { storage, object } = (job.steps[0]?.input ?? {}) as { readonly storage?: string; readonly object?: string };
  return {
    ...{ TranscodeJobId: vodId(job.id, number), Definition: definition, Priority: String(job.priority) },
    ...{ InputFileUrl: `${storage}/${object}`, ...aboutOutput(output) },
    ...(file && {
      OutputFile: {
        ...{ OutputFileUrl: `${file.storage}/${file.object}`, ...figuresOf(file) },
        ...(file.encryption !== undefined && { Encryption: '{"EncryptType":"HLSEncryption"}' }),
      },
    }),
  };
}

/** An output as GetTranscodeSummary has it. */
export function shownSummary(output: TranscodeOutput): Body {
  return { ...aboutOutput(output), ...(output.file && figuresOf(output.file)) };
}
