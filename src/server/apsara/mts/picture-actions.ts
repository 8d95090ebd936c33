import { z } from 'zod';
import type { MediaInfo } from '../../../ffmpeg/index.ts';
import { MediaError } from '../../../ffmpeg/index.ts';
import { parseSnapshot } from '../../../mps/index.ts';
import {
  type ActionCall,
  ApsaraError,
  action,
  type Body,
  commaList,
  flag,
  integer,
  type ServedAction,
  text,
  utcTime,
} from '../base/index.ts';
import { mediaProperties } from './media-properties.ts';
import {
  aboutJob,
  checkCount,
  jobOf,
  jobPage,
  messageSteps,
  mpsId,
  place,
  type StoredJob,
  stateOf,
  stepOf,
} from './stored-job.ts';
import { texts } from './template-actions.ts';

const SNAPSHOT = 'mps-snapshot';
const INFO = 'mps-media-info';
const USUAL_PIPELINE = 'default';
const SNAPSHOT_STATES = ['Submitted', 'Snapshoting', 'Success', 'Fail'] as const;
const INFO_STATES = ['Analyzing', 'Analyzing', 'Success', 'Fail'] as const;
const USER_DATA = text.max(1024).optional();

/** Pictures of files, and what files are. */
export const pictureActions: readonly ServedAction[] = [
  action({
    name: 'SubmitSnapshotJob',
    summary: 'Takes pictures of a file: one, several, in sheets, or as WebVTT for a scrub bar',
    differs: 'SubOut, BlackLevel and PixelBlackThreshold have no meaning; a single picture is made as a job, too',
    input: z.object({ Input: place, SnapshotConfig: text, PipelineId: text.optional(), UserData: USER_DATA }),
    run: async ({
      input: { Input: input, SnapshotConfig, PipelineId: pipeline = USUAL_PIPELINE, UserData: userData },
      ask,
    }) => {
      const config = checkedConfig(SnapshotConfig);
      const body = {
        ...{ kind: SNAPSHOT, pipeline, userData },
        steps: [
          { name: 'snapshot', action: SNAPSHOT, input: { input, config } },
          ...messageSteps(await pipelineOf(ask, pipeline), 'snapshot', 'Snapshot'),
        ],
      };
      const { id } = await ask<{ id: string }>('createJob', { body });
      return { SnapshotJob: shownSnapshot(await ask<StoredJob>('getJob', { params: { id } })) };
    },
  }),
  action({
    name: 'QuerySnapshotJobList',
    summary: 'Snapshot jobs by their ids, or of a span',
    input: z.object({
      ...{ SnapshotJobIds: commaList.optional(), NextPageToken: text.optional(), MaximumPageSize: integer.optional() },
      ...{ State: text.optional(), PipelineId: text.optional() },
      ...{ StartOfJobCreatedTimeRange: utcTime.optional(), EndOfJobCreatedTimeRange: utcTime.optional() },
    }),
    run: async ({ input, ask }) => {
      const { SnapshotJobIds: ids, NextPageToken: token, MaximumPageSize = 10, PipelineId: pipeline } = input;
      if (ids !== undefined) {
        checkCount(ids, 10, 'SnapshotJobIds');
        const found = await Promise.all(ids.map((id) => jobOf(ask, id, SNAPSHOT)));
        return {
          SnapshotJobList: { SnapshotJob: found.flatMap((each) => (each ? [shownSnapshot(each)] : [])) },
          NonExistSnapshotJobIds: { String: ids.filter((_, index) => found[index] === undefined) },
        };
      }
      const [from, to] = [input.StartOfJobCreatedTimeRange, input.EndOfJobCreatedTimeRange];
      const query = {
        ...{ kind: SNAPSHOT, pipeline },
        ...(from !== undefined && { from: new Date(from).toISOString() }),
        ...(to !== undefined && { to: new Date(to).toISOString() }),
      };
      const { jobs, next } = await jobPage(ask, query, { size: Math.min(100, Math.max(1, MaximumPageSize)), token });
      const all = jobs.map(shownSnapshot);
      const SnapshotJob = all.filter(
        ({ State }) => input.State === undefined || input.State === 'All' || State === input.State,
      );
      return { SnapshotJobList: { SnapshotJob }, ...(next !== undefined && { NextPageToken: next }) };
    },
  }),
  action({
    name: 'SubmitMediaInfoJob',
    summary: 'Asks what a file is',
    differs: 'it is always a job that QueryMediaInfoJobList tells of, as with Async; Config has no meaning',
    input: z.object({
      ...{
        Input: place,
        PipelineId: text.optional(),
        UserData: USER_DATA,
        Async: flag.optional(),
        Config: text.optional(),
      },
    }),
    run: async ({ input: { Input: input, PipelineId: pipeline = USUAL_PIPELINE, UserData: userData }, ask }) => {
      const body = {
        ...{ kind: INFO, pipeline, userData },
        steps: [
          { name: 'probe', action: INFO, input: { input } },
          ...messageSteps(await pipelineOf(ask, pipeline), 'probe', 'MediaInfo'),
        ],
      };
      const { id } = await ask<{ id: string }>('createJob', { body });
      return { MediaInfoJob: shownInfo(await ask<StoredJob>('getJob', { params: { id } })) };
    },
  }),
  action({
    name: 'QueryMediaInfoJobList',
    summary: 'What files are, by the ids of jobs',
    input: z.object({ MediaInfoJobIds: commaList }),
    run: async ({ input: { MediaInfoJobIds: ids }, ask }) => {
      checkCount(ids, 10, 'MediaInfoJobIds');
      const found = await Promise.all(ids.map((id) => jobOf(ask, id, INFO)));
      return {
        MediaInfoJobList: { MediaInfoJob: found.flatMap((each) => (each ? [shownInfo(each)] : [])) },
        NonExistMediaInfoJobIds: { String: ids.filter((_, index) => found[index] === undefined) },
      };
    },
  }),
];

const pipelineOf = (ask: ActionCall['ask'], pipeline: string) =>
  ask<Parameters<typeof messageSteps>[0]>('getPipeline', { params: { pipeline } });

function checkedConfig(json: string): Body {
  try {
    parseSnapshot(json);
    return JSON.parse(json);
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    throw new ApsaraError(400, 'InvalidParameter', `${error.message}. ${error.remedy}`);
  }
}

type Pictures = {
  readonly pictures?: readonly { readonly atSeconds: number }[];
  readonly tiles?: { readonly sheets: readonly string[] };
};

function shownSnapshot(job: StoredJob): Body {
  const step = stepOf(job);
  const { input, config } = step.input as { readonly input: Body; readonly config: Body };
  const { pictures, tiles } = (step.output ?? {}) as Pictures;
  const { TimeArray: _, SubOut: __, ...told } = config;
  const TimePointList = pictures?.map(({ atSeconds }) => Math.round(atSeconds * 1000));
  return {
    ...{ Id: mpsId(job.id), Input: texts(input), State: stateOf(job, SNAPSHOT_STATES), PipelineId: job.pipeline },
    SnapshotConfig: { ...known(texts(told)), ...(TimePointList && { TimeArray: { TimePointList } }) },
    ...(pictures && { Count: String(pictures.length) }),
    ...(tiles && { TileCount: String(tiles.sheets.length) }),
    ...(job.userData !== undefined && { UserData: job.userData }),
    ...withoutFinish(aboutJob(job)),
  };
}

const CONFIG = ['FrameType', 'Height', 'Interval', 'Num', 'OutputFile', 'TileOut', 'TileOutputFile', 'Time', 'Width'];
const known = (config: Body): Body =>
  Object.fromEntries(Object.entries(config).filter(([name]) => CONFIG.includes(name)));
const withoutFinish = ({ FinishTime: _, ...rest }: Body): Body => rest;

function shownInfo(job: StoredJob): Body {
  const step = stepOf(job);
  const { input } = step.input as { readonly input: Body };
  const info = step.output as MediaInfo | undefined;
  return {
    ...{ JobId: mpsId(job.id), Input: texts(input), Async: true, PipelineId: job.pipeline },
    State: stateOf(job, INFO_STATES),
    ...(info && { Properties: mediaProperties(info) }),
    ...(job.userData !== undefined && { UserData: job.userData }),
    ...withoutFinish(aboutJob(job)),
  };
}
