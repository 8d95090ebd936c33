import { z } from 'zod';
import { MediaError } from '../../../ffmpeg/index.ts';
import { outputsOf, transcodeOf } from '../../../mps/index.ts';
import {
  type ActionCall,
  ApsaraError,
  action,
  apsaraErrorOf,
  type Body,
  commaList,
  integer,
  type ServedAction,
  text,
  utcTime,
} from '../base/index.ts';
import {
  aboutJob,
  checkCount,
  jobOf,
  jobPage,
  messageSteps,
  mpsId,
  place,
  progressOf,
  type StoredJob,
  stepOf,
} from './stored-job.ts';
import { templateOf, texts } from './template-actions.ts';

const KIND = 'mps-transcode';
const STATES = {
  submitted: 'Submitted',
  running: 'Transcoding',
  succeeded: 'TranscodeSuccess',
  failed: 'TranscodeFail',
  cancelled: 'TranscodeCancelled',
} as const;
const OWN_STATES = Object.fromEntries(Object.entries(STATES).map(([own, there]) => [there, own]));

type Named = { readonly id: string; readonly notify?: { readonly url?: string } };
type Submitted = { readonly Input: Body; readonly OutputBucket: string; readonly pipeline: Named };

/** Transcoding of files: submitted, looked at, cancelled. */
export const jobActions: readonly ServedAction[] = [
  action({
    name: 'SubmitJobs',
    summary: 'Submits an output each of a file, to be made as its template says',
    differs:
      'a bucket is a storage of the configuration; what is not done here, such as OpeningList, Amix, SuperReso and DeWatermark, is refused by name; FontName has no meaning; an HLS playlist’s segments are in a folder of its name',
    input: z.object({
      ...{ Input: place, OutputBucket: text, OutputLocation: text.optional(), Outputs: text, PipelineId: text },
    }),
    run: async ({ input, ask }) => {
      const pipeline = await ask<Named>('getPipeline', { params: { pipeline: input.PipelineId } });
      const outputs = orInvalid(() => outputsOf(input.Outputs));
      const JobResult: Body[] = [];
      for (const [index] of outputs.entries()) JobResult.push(await submitted(ask, { ...input, pipeline }, index));
      return { JobResultList: { JobResult } };
    },
  }),
  action({
    name: 'QueryJobList',
    summary: 'Transcode jobs by their ids',
    input: z.object({ JobIds: commaList }),
    run: async ({ input: { JobIds }, ask }) => {
      checkCount(JobIds, 10, 'JobIds');
      const found = await Promise.all(JobIds.map((id) => jobOf(ask, id, KIND)));
      return {
        JobList: { Job: found.flatMap((each) => (each ? [shown(each)] : [])) },
        NonExistJobIds: { String: JobIds.filter((_, index) => found[index] === undefined) },
      };
    },
  }),
  action({
    name: 'ListJob',
    summary: 'Transcode jobs of a span, the newest first',
    input: z.object({
      ...{ NextPageToken: text.optional(), MaximumPageSize: integer.optional(), PipelineId: text.optional() },
      State: text.optional(),
      ...{ StartOfJobCreatedTimeRange: utcTime.optional(), EndOfJobCreatedTimeRange: utcTime.optional() },
    }),
    run: async ({ input, ask }) => {
      const { State = 'All', PipelineId: pipeline, MaximumPageSize = 10, NextPageToken: token } = input;
      const state = State === 'All' ? undefined : OWN_STATES[State];
      if (State !== 'All' && state === undefined) {
        throw new ApsaraError(400, 'InvalidParameter', `The parameter "State" is not valid: there is no ${State}.`);
      }
      const [from, to] = [input.StartOfJobCreatedTimeRange, input.EndOfJobCreatedTimeRange];
      const span = {
        ...(from !== undefined && { from: new Date(from).toISOString() }),
        ...(to !== undefined && { to: new Date(to).toISOString() }),
      };
      const size = Math.min(100, Math.max(1, MaximumPageSize));
      const { jobs, next } = await jobPage(ask, { kind: KIND, pipeline, state, ...span }, { size, token });
      return { JobList: { Job: jobs.map(shown) }, ...(next !== undefined && { NextPageToken: next }) };
    },
  }),
  action({
    name: 'CancelJob',
    summary: 'Takes back a job that has not begun',
    input: z.object({ JobId: text }),
    run: async ({ input: { JobId }, ask }) => {
      const job = await jobOf(ask, JobId, KIND);
      if (job === undefined) throw new ApsaraError(404, 'JobNotFound', 'Specified job is not found.');
      if (job.state !== 'submitted') {
        throw new ApsaraError(
          403,
          'OperationDenied',
          `The job is ${STATES[job.state]}: only Submitted jobs are cancelled.`,
        );
      }
      await ask('cancelJob', { params: { id: job.id } });
      return { JobId };
    },
  }),
];

/** An output that is wrong fails by itself; the others are made. */
async function submitted(
  ask: ActionCall['ask'],
  input: Submitted & { readonly Outputs: string },
  index: number,
): Promise<Body> {
  try {
    return { Success: true, Job: shown(await submit(ask, input, index)) };
  } catch (error) {
    const known = error instanceof MediaError ? invalidOf(error) : apsaraErrorOf(error);
    if (known === undefined || known.code === 'Forbidden') throw error;
    return { Success: false, Code: known.code, Message: known.message };
  }
}

async function submit(
  ask: ActionCall['ask'],
  { Input, OutputBucket: bucket, pipeline, Outputs }: Submitted & { readonly Outputs: string },
  index: number,
): Promise<StoredJob> {
  const output = (JSON.parse(Outputs) as Body[])[index] ?? {};
  const { TemplateId: templateId, Priority: priority, UserData: userData } = output as Readonly<Record<string, string>>;
  const template = templateId === undefined ? undefined : await templateOf(ask, 'transcode', templateId);
  if (template === undefined) throw new ApsaraError(404, 'TemplateNotFound', `There is no template ${templateId}.`);
  const asked = {
    ...{ input: Input, bucket, output, template: template.body, watermarks: await watermarksOf(ask, output) },
  };
  // Whether there is such a storage is known where the job is worked.
  transcodeOf(asked as never, () => true);
  const body = {
    ...{
      kind: KIND,
      pipeline: pipeline.id,
      template: templateId,
      steps: [{ name: 'transcode', action: KIND, input: asked }, ...messageSteps(pipeline, 'transcode', 'Transcode')],
    },
    ...(priority !== undefined && { priority: Number(priority) }),
    ...(userData !== undefined && { userData }),
  };
  const { id } = await ask<{ id: string }>('createJob', { body });
  return ask<StoredJob>('getJob', { params: { id } });
}

/** The watermark templates that the output names, as they are now. */
export async function watermarksOf(ask: ActionCall['ask'], output: Body): Promise<Body> {
  const list = output.WaterMarks ?? output.WaterMarkList ?? [];
  const marks = (typeof list === 'string' ? JSON.parse(list) : list) as readonly { WaterMarkTemplateId?: string }[];
  const ids = [...new Set(marks.flatMap(({ WaterMarkTemplateId: id }) => (id === undefined ? [] : [id])))];
  const found = await Promise.all(
    ids.map(async (id) => {
      const template = await templateOf(ask, 'watermark', id);
      if (template === undefined)
        throw new ApsaraError(404, 'WaterMarkTemplateNotFound', `There is no template ${id}.`);
      return [id, template.body] as const;
    }),
  );
  return Object.fromEntries(found);
}

type Asked = { readonly input: Body; readonly bucket: string; readonly output: Readonly<Record<string, unknown>> };
type Made = Readonly<
  Record<'durationSeconds' | 'bitsPerSecond' | 'fps' | 'width' | 'height' | 'sizeBytes', number | undefined>
> & {
  readonly object: string;
  readonly format: string;
};

/** What of an output is told back as it came. */
const TOLD = ['Container', 'Video', 'Audio', 'TransConfig', 'MuxConfig', 'Clip'] as const;

function shown(job: StoredJob): Body {
  const step = stepOf(job);
  const { input, bucket, output } = step.input as Asked;
  const made = step.output as Made | undefined;
  const object = made?.object ?? decodeURIComponent(String(output.OutputObject));
  const told = TOLD.flatMap((name) => {
    const value = output[name];
    if (value === undefined) return [];
    return [[name, texts((typeof value === 'string' ? JSON.parse(value) : value) as Record<string, unknown>)] as const];
  });
  return {
    JobId: mpsId(job.id),
    Input: texts(input),
    Output: {
      ...Object.fromEntries(told),
      OutputFile: { Bucket: bucket, Object: object },
      TemplateId: String(output.TemplateId),
      Priority: String(job.priority),
      ...(job.userData !== undefined && { UserData: job.userData }),
      ...(output.Rotate !== undefined && { Rotate: String(output.Rotate) }),
      ...(made && { Properties: propertiesOf(made) }),
    },
    State: STATES[progressOf(job)],
    Percent: Math.floor(step.percent),
    PipelineId: job.pipeline,
    ...aboutJob(job),
  };
}

function propertiesOf(made: Made): Body {
  const numbers = {
    ...{
      Duration: made.durationSeconds?.toFixed(6),
      Bitrate: made.bitsPerSecond && (made.bitsPerSecond / 1000).toFixed(3),
    },
    ...{ Fps: made.fps, Width: made.width, Height: made.height, FileSize: made.sizeBytes },
  };
  const known = Object.entries(numbers).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(known.map(([name, value]) => [name, String(value)])), FileFormat: made.format };
}

function orInvalid<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof MediaError ? invalidOf(error) : error;
  }
}

const invalidOf = ({ message, remedy }: MediaError) =>
  new ApsaraError(400, 'InvalidParameter', `${message}. ${remedy}`);
