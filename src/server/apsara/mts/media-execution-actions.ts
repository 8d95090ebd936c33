import { z } from 'zod';
import {
  type ActionCall,
  ApsaraError,
  action,
  type Body,
  commaList,
  integer,
  invalidParameter,
  isNotFound,
  orNotFound,
  type ServedAction,
  text,
  utcText,
} from '../base/index.ts';
import { type About, aboutSource, activityOf } from './media-workflow.ts';
import { allWorkflows, ID, NOT_FOUND, readTopology, type Version } from './media-workflow-store.ts';
import { mpsId, ownId } from './stored-job.ts';

/** Runs of media workflows. */
export const mediaExecutionActions: readonly ServedAction[] = [
  action({
    name: 'QueryMediaWorkflowExecutionList',
    summary: 'Runs of workflows by their ids',
    input: z.object({ RunIds: commaList }),
    run: async ({ input: { RunIds }, ask }) => {
      if (RunIds.length === 0 || RunIds.length > 10) throw invalidParameter('RunIds', 'it must name 1 to 10');
      const found = await Promise.all(RunIds.map((id) => executionOf(ask, id)));
      return {
        MediaWorkflowExecutionList: { MediaWorkflowExecution: found.filter((each) => each !== undefined) },
        NonExistRunIds: { RunId: RunIds.filter((_, index) => found[index] === undefined) },
      };
    },
  }),
  action({
    name: 'ListMediaWorkflowExecutions',
    summary: 'The runs of a workflow, the latest first',
    differs: 'InputFileURL chooses among the runs of a page',
    input: z.object({
      ...{ MediaWorkflowId: text.optional(), MediaWorkflowName: text.optional(), InputFileURL: text.optional() },
      ...{ MaximumPageSize: integer.optional(), NextPageToken: text.optional() },
    }),
    run: async ({ input, ask }) => {
      const { MediaWorkflowId, MediaWorkflowName, InputFileURL, MaximumPageSize = 10, NextPageToken } = input;
      const workflow =
        MediaWorkflowId ?? (await allWorkflows(ask)).find(({ about }) => about.name === MediaWorkflowName)?.id;
      if (workflow === undefined) throw new ApsaraError(404, NOT_FOUND[0], 'Specified media workflow is not found.');
      const query = { limit: Math.min(100, MaximumPageSize), ...(NextPageToken && { cursor: NextPageToken }) };
      const listed = ask<{ runs: { id: string }[]; nextCursor?: string }>('listWorkflowRuns', {
        params: { workflow },
        query,
      });
      const { runs, nextCursor } = await orNotFound(listed, ...NOT_FOUND);
      const all = (await Promise.all(runs.map(({ id }) => executionOf(ask, id)))).filter((each) => each !== undefined);
      const isWanted = ({ Input }: (typeof all)[number]) =>
        InputFileURL === undefined || decodeURIComponent(InputFileURL).endsWith(`/${Input.InputFile.Object}`);
      return {
        MediaWorkflowExecutionList: { MediaWorkflowExecution: all.filter(isWanted) },
        ...(nextCursor !== undefined && { NextPageToken: nextCursor }),
      };
    },
  }),
];

type Run = {
  readonly id: string;
  readonly workflow: string;
  readonly version: number;
  readonly input: { readonly bucket?: string; readonly object?: string; readonly media?: string };
  readonly createdAt: string;
  readonly state?: string;
  readonly steps?: readonly {
    readonly name: string;
    readonly state: string;
    readonly output?: { readonly asset?: string };
    readonly failure?: { readonly code: string; readonly message: string };
  }[];
};

const RUN_STATES: Readonly<Record<string, string>> = {
  ...{ submitted: 'Running', running: 'Running', succeeded: 'Completed', failed: 'Completed', cancelled: 'Canceled' },
};
const STEP_STATES: Readonly<Record<string, string>> = {
  ...{ waiting: 'Running', pending: 'Running', running: 'Running', succeeded: 'Success' },
  ...{ failed: 'Fail', skipped: 'Skipped', cancelled: 'Fail' },
};

async function executionOf(ask: ActionCall['ask'], given: string) {
  const id = ownId(given);
  if (id === undefined) return undefined;
  try {
    const run = await ask<Run>('getWorkflowRun', { params: { run: id } });
    if (!ID.test(run.workflow)) return undefined;
    const version = { workflow: run.workflow, version: run.version };
    const about = aboutSource((await ask<Version>('getWorkflowVersion', { params: version })).source);
    return about && shownRun(run, about);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function shownRun({ id, workflow, input, createdAt, state = 'submitted', steps = [] }: Run, about: About) {
  const { bucket = '', object = '', media = '' } = input;
  const activities = Object.entries(readTopology(about.topology).Activities);
  const MediaId = media !== '' ? media : steps.map(({ output }) => output?.asset).find((each) => each !== undefined);
  return {
    ...{ RunId: mpsId(id), MediaWorkflowId: workflow, Name: about.name, State: RUN_STATES[state] ?? state },
    ...{ CreationTime: utcText(Date.parse(createdAt)), ...(MediaId !== undefined && { MediaId }) },
    Input: { InputFile: { Bucket: bucket, Location: '', Object: object } },
    ActivityList: {
      Activity: activities.map(([Name, { Type }], index): Body => {
        const own = steps.filter((step) => activityOf(step.name) === index);
        if (Type === 'Start') return { Name, Type, State: 'Success' };
        const states = own.map((step) => STEP_STATES[step.state] ?? 'Running');
        const State = ['Fail', 'Running', 'Skipped'].find((each) => states.includes(each)) ?? 'Success';
        const failure = own.find((step) => step.failure)?.failure;
        return {
          Name,
          Type,
          State,
          JobId: mpsId(id),
          ...(failure && { Code: failure.code, Message: failure.message }),
        };
      }),
    },
  };
}
