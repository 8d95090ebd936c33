import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import {
  type ActionCall,
  action,
  commaList,
  everyPage,
  integer,
  isNotFound,
  jsonObject,
  orNotFound,
  paged,
  type ServedAction,
  text,
  utcText,
} from '../base/index.ts';

type Pipeline = {
  readonly id: string;
  readonly name: string;
  readonly state: 'Active' | 'Paused';
  readonly quota: number;
  readonly notify?: { readonly url?: string; readonly config?: NotifyConfig };
  readonly createdAt: string;
};

const notifyConfig = z.object({
  ...{ Topic: text.optional(), QueueName: text.optional(), MqTopic: text.optional(), MqTag: text.optional() },
});
type NotifyConfig = z.output<typeof notifyConfig>;

const state = z.enum(['Active', 'Paused'], { error: 'it must be Active or Paused' });
const named = {
  Name: text.min(1).max(128),
  NotifyConfig: jsonObject(notifyConfig).optional(),
  Role: text.optional(),
};
const about = { ...named, Speed: text.optional(), SpeedLevel: integer.optional() };
const DIFFERS =
  'Speed, SpeedLevel, Role and ExtendConfig have no meaning; a Topic or QueueName that is an address (https://…) gets the messages of jobs';

/** Pipelines: the queues that jobs wait in. */
export const pipelineActions: readonly ServedAction[] = [
  action({
    name: 'AddPipeline',
    summary: 'Adds a pipeline',
    differs: DIFFERS,
    input: z.object(about),
    run: async ({ input, ask }) => {
      const { Name: name, NotifyConfig: config } = input;
      const id = randomBytes(16).toString('hex');
      const notify = config && { notify: notifyOf(config) };
      return { Pipeline: shown(await ask<Pipeline>('createPipeline', { body: { id, name, ...notify } })) };
    },
  }),
  action({
    name: 'SearchPipeline',
    summary: 'Lists pipelines, by pages',
    input: z.object({ State: text.optional(), PageNumber: integer.optional(), PageSize: integer.optional() }),
    run: async ({ input: { State, PageNumber = 1, PageSize = 10 }, ask }) => {
      const all = (await everyPage<Pipeline>(ask, 'listPipelines', 'pipelines')).filter(
        (each) => State === undefined || State === 'All' || each.state === State,
      );
      const { items } = paged(all, PageNumber, PageSize);
      const Pipeline = items.map((each) => ({ ...shown(each), CreationTime: utcText(Date.parse(each.createdAt)) }));
      return { PipelineList: { Pipeline }, TotalCount: all.length, PageNumber, PageSize };
    },
  }),
  action({
    name: 'QueryPipelineList',
    summary: 'Pipelines by their ids',
    input: z.object({ PipelineIds: commaList }),
    run: async ({ input: { PipelineIds }, ask }) => {
      const found = await Promise.all(PipelineIds.map((id) => pipelineOf(ask, id)));
      return {
        PipelineList: { Pipeline: found.flatMap((each) => (each ? [shown(each)] : [])) },
        NonExistPids: { String: PipelineIds.filter((_, index) => found[index] === undefined) },
      };
    },
  }),
  action({
    name: 'UpdatePipeline',
    summary: 'Pauses a pipeline, lets it go on, renames it, or changes who hears of its jobs',
    differs: DIFFERS,
    input: z.object({ ...named, PipelineId: text, State: state, ExtendConfig: text.optional() }),
    run: async ({ input, ask }) => {
      const { PipelineId: pipeline, Name: name, State, NotifyConfig: config } = input;
      const body = { name, state: State, ...(config && { notify: notifyOf(config) }) };
      const changed = ask<Pipeline>('updatePipeline', { params: { pipeline }, body });
      const { SpeedLevel: _, ...rest } = shown(await orNotFound(changed, 'PipelineNotFound', 'pipeline'));
      return { Pipeline: rest };
    },
  }),
  action({
    name: 'DeletePipeline',
    summary: 'Removes a pipeline whose jobs are all over',
    input: z.object({ PipelineId: text }),
    run: async ({ input: { PipelineId }, ask }) => {
      const gone = ask('deletePipeline', { params: { pipeline: PipelineId } });
      await orNotFound(gone, 'PipelineNotFound', 'pipeline');
      return { PipelineId };
    },
  }),
];

/** Undefined where there is none. */
async function pipelineOf(ask: ActionCall['ask'], pipeline: string): Promise<Pipeline | undefined> {
  try {
    return await ask<Pipeline>('getPipeline', { params: { pipeline } });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Messages go to addresses; other names of queues are told back. */
function notifyOf(config: NotifyConfig): NonNullable<Pipeline['notify']> {
  const url = [config.Topic, config.QueueName].find((each) => each !== undefined && /^https?:\/\//.test(each));
  return { config, ...(url !== undefined && { url }) };
}

function shown({ id, name, state: State, quota, notify }: Pipeline) {
  return {
    ...{ Id: id, Name: name, State, Speed: 'Standard', SpeedLevel: 0, QuotaAllocate: quota, Role: '' },
    NotifyConfig: notify?.config ?? {},
  };
}
