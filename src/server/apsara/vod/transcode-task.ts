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
  readonly number: number;
  readonly definition: string;
  readonly template: string;
  readonly watermarks: number;
  readonly file: StoredFile | undefined;
};

const TRANSCODE = 'asset-transcode';
export const PROCESSING = 'asset-processing';

type Rung = { readonly definition: string; readonly templateId: string; readonly watermarks?: readonly unknown[] };

/** The outputs of a job; none before the original was looked into. */
export function outputsOf(job: ProcessingJob, files: readonly StoredFile[]): readonly TranscodeOutput[] {
  const { rungs = [] } = (transcodeStep(job)?.input ?? {}) as { readonly rungs?: readonly Rung[] };
  return rungs.map(({ definition, templateId, watermarks = [] }, index) => ({
    ...{ job, number: index + 1, definition, template: templateId, watermarks: watermarks.length },
    file: files.find((file) => file.job === job.id && file.jobOutput === index + 1),
  }));
}

const transcodeStep = ({ steps }: ProcessingJob) => steps.find(({ action }) => action === TRANSCODE);

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

/** All outputs are made in one step, so that they succeed or fail together. */
const TASK_STATES = {
  ...{ submitted: 'Processing', running: 'Processing', succeeded: 'CompleteAllSucc' },
  ...{ failed: 'CompleteAllFail', cancelled: 'CompleteAllFail' },
} as const;

export function shownTask(job: ProcessingJob): Body {
  const { id, asset = '', template, createdAt, finishedAt, steps } = job;
  const [{ input } = { input: {} }] = steps;
  return {
    ...{ TranscodeTaskId: vodId(id), VideoId: asset, TaskStatus: TASK_STATES[job.state] },
    ...{ CreationTime: timeText(createdAt), Trigger: (input as { group?: string }).group ? 'Manual' : 'Auto' },
    ...(finishedAt !== undefined && { CompleteTime: timeText(finishedAt) }),
    ...(template !== undefined && { TranscodeTemplateGroupId: template }),
  };
}

function stateOf({ job }: TranscodeOutput): 'Transcoding' | 'TranscodeSuccess' | 'TranscodeFail' {
  const state = transcodeStep(job)?.state;
  if (state === 'succeeded') return 'TranscodeSuccess';
  return state === 'failed' || state === 'cancelled' || state === 'skipped' ? 'TranscodeFail' : 'Transcoding';
}

function aboutOutput(output: TranscodeOutput): Body {
  const { job, template } = output;
  const step = transcodeStep(job);
  const state = stateOf(output);
  return {
    ...{ TranscodeTemplateId: template, TranscodeJobStatus: state, CreationTime: timeText(job.createdAt) },
    TranscodeProgress: state === 'TranscodeSuccess' ? 100 : Math.floor(step?.percent ?? 0),
    ...(step?.finishedAt !== undefined && { CompleteTime: timeText(step.finishedAt) }),
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
