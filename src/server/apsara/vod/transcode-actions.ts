import { z } from 'zod';
import {
  type ActionCall,
  ApsaraError,
  action,
  type Body,
  commaList,
  DONE,
  hasStatus,
  integer,
  invalidParameter,
  jsonObject,
  orNotFound,
  paged,
  type ServedAction,
  text,
  utcTime,
} from '../base/index.ts';
import { keyOf } from './data-key.ts';
import { assetOf, filesOf, namedAsset, orIllegalStatus, type StoredFile, vodId } from './stored-asset.ts';
import {
  jobAndOutput,
  noSuchResource,
  outputsOf,
  PROCESSING,
  type ProcessingJob,
  processingJob,
  processingJobs,
  shownOutput,
  shownSummary,
  shownTask,
} from './transcode-task.ts';

const named = { VideoId: text.optional(), ReferenceId: text.optional() };
const MOST_IDS = 20;
const overrides = jsonObject(
  z.strictObject({
    Watermarks: z
      .array(
        z.strictObject({ WatermarkId: z.string(), FileUrl: z.string().optional(), Content: z.string().optional() }),
      )
      .max(20)
      .optional(),
    Subtitles: z
      .array(
        z.strictObject({ SubtitleUrl: z.string(), Language: z.string().optional(), CharEncode: z.string().optional() }),
      )
      .max(20)
      .optional(),
  }),
);
const encryptConfig = jsonObject(
  z.strictObject({ CipherText: z.string(), DecryptKeyUri: z.string(), KeyServiceType: z.literal('KMS').optional() }),
);

/** Transcoding of videos: submitted, looked at; and what it made, deleted. */
export const transcodeActions: readonly ServedAction[] = [
  action({
    name: 'SubmitTranscodeJobs',
    summary: 'Processes a video anew by a group of templates',
    differs:
      'what was made before under the same definition and format is replaced; JobId is there once the original was looked into, so that TranscodeJobs may be empty; the group of the video stays as it is; CharEncode of subtitles is not used',
    input: z.object({
      ...{ ...named, TemplateGroupId: text, PipelineId: text.optional(), Priority: text.optional() },
      ...{ UserData: text.max(1024).optional(), SessionId: text.optional() },
      ...{ EncryptConfig: encryptConfig.optional(), OverrideParams: overrides.optional() },
    }),
    run: async ({ input, ask }) => {
      const { id } = await namedAsset(ask, input);
      await knownGroup(ask, input.TemplateGroupId);
      const { Watermarks, Subtitles } = input.OverrideParams ?? {};
      const body = {
        ...{
          templateGroup: input.TemplateGroupId,
          ...defined({ pipeline: input.PipelineId, userData: input.UserData }),
        },
        ...(input.Priority !== undefined && { priority: Number(input.Priority) }),
        ...(Watermarks && {
          watermarks: Watermarks.map((each) => ({
            id: each.WatermarkId,
            ...defined({ fileUrl: each.FileUrl, text: each.Content }),
          })),
        }),
        ...(Subtitles && {
          subtitles: Subtitles.map((each) => ({ fileUrl: each.SubtitleUrl, ...defined({ language: each.Language }) })),
        }),
        ...(input.EncryptConfig && { encryption: await encryptionOf(ask, input.EncryptConfig) }),
      };
      const { job } = await orIllegalStatus(ask<{ job: string }>('processAsset', { params: { id }, body }));
      const known = await processingJob(ask, job);
      const TranscodeJob = known ? outputsOf(known, []).map(({ number }) => ({ JobId: vodId(job, number) })) : [];
      return { TranscodeTaskId: vodId(job), TranscodeJobs: { TranscodeJob } };
    },
  }),
  action({
    name: 'GetTranscodeTask',
    summary: 'A transcoding with its outputs, or outputs by their ids',
    differs: 'streams of outputs are not told, nor the ids of watermarks; outputs of one task succeed or fail together',
    input: z.object({ TranscodeTaskId: text.optional(), JobIds: commaList.optional() }),
    run: async ({ input: { TranscodeTaskId, JobIds = [] }, ask }) => {
      if (TranscodeTaskId === undefined && JobIds.length === 0) {
        throw new ApsaraError(400, 'MissingParameter', 'TranscodeTaskId or JobIds must be given.');
      }
      if (JobIds.length > 10) throw invalidParameter('JobIds', 'it must name at most 10');
      const TranscodeJobInfoList: Body[] = [];
      const NonExistJobIds: string[] = [];
      for (const id of JobIds) {
        const found = (await taskOf(ask, id))?.outputs.find(({ number }) => number === jobAndOutput(id)?.output);
        if (found) TranscodeJobInfoList.push(shownOutput(found));
        else NonExistJobIds.push(id);
      }
      const byIds = JobIds.length > 0 ? { TranscodeJobInfoList, NonExistJobIds } : {};
      if (TranscodeTaskId === undefined) return byIds;
      const task = await taskOf(ask, TranscodeTaskId);
      if (task === undefined) throw noSuchResource('TranscodeTask');
      const { job, outputs } = task;
      return { ...byIds, TranscodeTask: { ...shownTask(job), TranscodeJobInfoList: outputs.map(shownOutput) } };
    },
  }),
  action({
    name: 'ListTranscodeTask',
    summary: 'The transcodings of a video, the latest first',
    input: z.object({
      ...{ VideoId: text, StartTime: utcTime.optional(), EndTime: utcTime.optional() },
      ...{ PageNo: integer.optional(), PageSize: integer.optional() },
    }),
    run: async ({ input, ask }) => {
      const { VideoId, StartTime = 0, EndTime = Number.POSITIVE_INFINITY, PageNo = 1, PageSize = 10 } = input;
      const { id } = await namedAsset(ask, { VideoId });
      const jobs = (await processingJobs(ask, id)).filter(({ createdAt }) => {
        const at = Date.parse(createdAt);
        return at >= StartTime && at < EndTime;
      });
      return { TranscodeTaskList: paged(jobs, PageNo, PageSize).items.map(shownTask) };
    },
  }),
  action({
    name: 'GetTranscodeSummary',
    summary: 'How far the last transcoding of each video is',
    input: z.object({ VideoIds: commaList }),
    run: async ({ input: { VideoIds }, ask }) => {
      if (VideoIds.length > 10) throw invalidParameter('VideoIds', 'it must name at most 10');
      const TranscodeSummaryList: Body[] = [];
      const NonExistVideoIds: string[] = [];
      for (const id of VideoIds) {
        const asset = await assetOf(ask, id);
        if (asset === undefined) NonExistVideoIds.push(id);
        const [job] = asset ? await processingJobs(ask, id) : [];
        if (asset && job) TranscodeSummaryList.push(await summaryOf(ask, job));
      }
      return { TranscodeSummaryList, NonExistVideoIds };
    },
  }),
  action({
    name: 'DeleteStream',
    summary: 'Deletes renditions of a video, by the ids of their jobs',
    input: z.object({ ...named, JobIds: commaList }),
    run: async ({ input: { JobIds, ...which }, ask }) => {
      if (JobIds.length > MOST_IDS) throw invalidParameter('JobIds', `it must name at most ${MOST_IDS}`);
      const { id } = await namedAsset(ask, which);
      const files = (await filesOf(ask, { id })).filter(({ role, job }) => role === 'rendition' && job !== undefined);
      const isNamed = (file: StoredFile) =>
        JobIds.some((given) => given === vodId(file.job ?? '', file.jobOutput) || given === vodId(file.job ?? ''));
      for (const { id: file } of files.filter(isNamed)) await gone(ask, id, file);
      return DONE;
    },
  }),
  action({
    name: 'DeleteMezzanines',
    summary: 'Deletes the originals of videos; what was made of them plays on',
    differs: 'with Force also where nothing else plays; without an original a video is not processed again',
    input: z.object({
      ...{ VideoIds: commaList.optional(), ReferenceIds: commaList.optional() },
      Force: z.string().optional(),
    }),
    run: async ({ input: { VideoIds = [], ReferenceIds = [], Force = 'false' }, ask }) => {
      const none: Record<'VideoId' | 'ReferenceId' | 'needed', string[]> = { VideoId: [], ReferenceId: [], needed: [] };
      const all = [
        ...VideoIds.map((given) => ['VideoId', given] as const),
        ...ReferenceIds.map((given) => ['ReferenceId', given] as const),
      ];
      if (all.length === 0 || all.length > MOST_IDS)
        throw invalidParameter('VideoIds', `it must name 1 to ${MOST_IDS}`);
      for (const [name, given] of all) {
        const outcome = await withoutOriginal(ask, { [name]: given }, Force.toLowerCase() === 'true');
        if (outcome === 'unknown') none[name].push(given);
        if (outcome === 'needed') none.needed.push(given);
      }
      return {
        ...{ NonExistVideoIds: none.VideoId, NonExistReferenceIds: none.ReferenceId },
        UnRemoveableVideoIds: none.needed,
      };
    },
  }),
  action({
    name: 'ListJobInfo',
    summary: 'The jobs of a video of a kind, the latest first',
    differs: 'of JobType transcode and snapshot',
    input: z.object({ MediaId: text, JobType: z.string() }),
    run: async ({ input: { MediaId, JobType }, ask }) => {
      const kind = { transcode: PROCESSING, snapshot: 'asset-pictures' }[JobType.toLowerCase()];
      if (kind === undefined) throw invalidParameter('JobType', 'it must be transcode or snapshot');
      const { id } = await namedAsset(ask, { VideoId: MediaId });
      const { jobs } = await ask<{ jobs: readonly ProcessingJob[] }>('listAssetJobs', { params: { id } });
      const JobInfoList = jobs
        .filter((job) => job.kind === kind)
        .map((job) => {
          const { CreationTime: CreateTime, CompleteTime } = shownTask(job) as Record<string, string | undefined>;
          const Status = STATES[job.state];
          return { JobId: vodId(job.id), Status, CreateTime, ...defined({ CompleteTime }) };
        });
      return { MediaId, JobType, JobInfoList };
    },
  }),
];

const STATES = {
  ...{ submitted: 'Processing', running: 'Processing', succeeded: 'Success', failed: 'Fail', cancelled: 'Fail' },
} as const;

const BUILT_IN = ['adaptive', 'adaptive-mp4', 'VOD_NO_TRANSCODE'];

async function knownGroup(ask: ActionCall['ask'], id: string): Promise<void> {
  if (BUILT_IN.includes(id)) return;
  const params = { kind: 'group', id };
  await orNotFound(ask('getMediaTemplate', { params }), 'InvalidTranscodeTemplateGroup.NotFound', 'template group');
}

/** The key is opened here: what was made by another server is none of ours. */
async function encryptionOf(ask: ActionCall['ask'], { CipherText, DecryptKeyUri }: z.output<typeof encryptConfig>) {
  const { plaintext } = await keyOf(ask, CipherText);
  return { hexKey: Buffer.from(plaintext, 'base64').toString('hex'), keyUri: DecryptKeyUri };
}

async function taskOf(ask: ActionCall['ask'], id: string) {
  const parts = jobAndOutput(id);
  const job = parts && (await processingJob(ask, parts.job));
  if (job?.asset === undefined) return undefined;
  const asset = await assetOf(ask, job.asset);
  return { job, outputs: outputsOf(job, asset ? await filesOf(ask, asset) : []) };
}

async function summaryOf(ask: ActionCall['ask'], job: ProcessingJob): Promise<Body> {
  const {
    TranscodeTaskId: _,
    Trigger: __,
    TaskStatus: TranscodeStatus,
    ...about
  } = shownTask(job) as Body & {
    readonly [Name in 'TranscodeTaskId' | 'Trigger' | 'TaskStatus']: unknown;
  };
  const outputs = outputsOf(job, await filesOf(ask, { id: job.asset ?? '' }));
  return { ...about, TranscodeStatus, TranscodeJobInfoSummaryList: outputs.map(shownSummary) };
}

async function gone(ask: ActionCall['ask'], id: string, file: string): Promise<void> {
  await ask('deleteAssetFile', { params: { id, file } });
}

async function withoutOriginal(
  ask: ActionCall['ask'],
  which: Parameters<typeof namedAsset>[1],
  isForced: boolean,
): Promise<'done' | 'unknown' | 'needed'> {
  try {
    const { id } = await namedAsset(ask, which);
    const original = (await filesOf(ask, { id })).find(({ role }) => role === 'original');
    if (original) {
      const params = { id, file: original.id };
      await ask('deleteAssetFile', { params, query: { force: String(isForced) } });
    }
    return 'done';
  } catch (error) {
    if (error instanceof ApsaraError && error.code === 'InvalidVideo.NotFound') return 'unknown';
    if (hasStatus(error, 409)) return 'needed';
    throw error;
  }
}

function defined(values: Readonly<Record<string, string | undefined>>): Body {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
