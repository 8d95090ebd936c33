import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { action, commaList, integer, paged, type ServedAction, text } from '../base/index.ts';
import {
  AUTOMATIC,
  allWorkflows,
  changed,
  checkedSource,
  foundWorkflow,
  oneLine,
  setTrigger,
  shown,
  triggerOf,
  type Version,
  workflowOf,
} from './media-workflow-store.ts';

const named = z.object({ MediaWorkflowId: text });
const triggerMode = z.enum([AUTOMATIC, 'NotInAuto'], { error: 'it must be OssAutoTrigger or NotInAuto' });
const DIFFERS =
  'activities are Start, Transcode, Snapshot and Report; a new object is found within ten seconds; templates are those of that moment';

/** Media workflows, which are workflows here, with a trigger each. */
export const mediaWorkflowActions: readonly ServedAction[] = [
  action({
    name: 'AddMediaWorkflow',
    summary: 'Adds a workflow: what is made of each object that comes into a bucket',
    differs: DIFFERS,
    input: z.object({ Name: text.max(64), Topology: text, TriggerMode: triggerMode.optional() }),
    run: async ({ input: { Name: name, Topology: given, TriggerMode = AUTOMATIC }, ask }) => {
      const id = `m${randomBytes(16).toString('hex').slice(1)}`;
      const about = { name, triggerMode: TriggerMode, isActive: true, topology: oneLine(given) };
      const source = await checkedSource(ask, id, about);
      const { createdAt } = await ask<Version>('createWorkflow', { body: { source } });
      try {
        await setTrigger(ask, id, about);
      } catch (error) {
        await ask('deleteWorkflow', { params: { workflow: id } });
        throw error;
      }
      return { MediaWorkflow: shown({ id, about, createdAt }) };
    },
  }),
  action({
    name: 'UpdateMediaWorkflow',
    summary: 'Changes a workflow; runs that have begun keep what they have',
    differs: DIFFERS,
    input: named.extend({ Name: text.max(64).optional(), Topology: text, TriggerMode: triggerMode.optional() }),
    run: async ({ input: { MediaWorkflowId: id, Name, Topology: given, TriggerMode }, ask }) => {
      const { about } = await workflowOf(ask, id);
      const { name = Name, triggerMode: mode } = { ...about, ...(Name !== undefined && { name: Name }) };
      const triggers = TriggerMode ?? mode;
      return changed(ask, id, { ...about, name: name ?? '', triggerMode: triggers, topology: oneLine(given) });
    },
  }),
  action({
    name: 'UpdateMediaWorkflowTriggerMode',
    summary: 'Whether new objects set off a workflow',
    input: named.extend({ TriggerMode: triggerMode }),
    run: async ({ input: { MediaWorkflowId: id, TriggerMode }, ask }) => {
      const { about } = await workflowOf(ask, id);
      return changed(ask, id, { ...about, triggerMode: TriggerMode });
    },
  }),
  action({
    name: 'ActivateMediaWorkflow',
    summary: 'Lets a workflow be set off again',
    input: named,
    run: async ({ input: { MediaWorkflowId: id }, ask }) => {
      const { about } = await workflowOf(ask, id);
      return withoutMode(await changed(ask, id, { ...about, isActive: true }));
    },
  }),
  action({
    name: 'DeactivateMediaWorkflow',
    summary: 'Keeps a workflow from being set off; runs that have begun go on',
    input: named,
    run: async ({ input: { MediaWorkflowId: id }, ask }) => {
      const { about } = await workflowOf(ask, id);
      return withoutMode(await changed(ask, id, { ...about, isActive: false }));
    },
  }),
  action({
    name: 'DeleteMediaWorkflow',
    summary: 'Deletes a workflow; runs that have begun go on',
    input: named,
    run: async ({ input: { MediaWorkflowId: id }, ask }) => {
      const found = await workflowOf(ask, id);
      const trigger = await triggerOf(ask, id);
      if (trigger) await ask('deleteWorkflowTrigger', { params: { trigger: trigger.id } });
      await ask('deleteWorkflow', { params: { workflow: id } });
      return withoutMode({ MediaWorkflow: { ...shown(found), State: 'Deleted' } });
    },
  }),
  action({
    name: 'QueryMediaWorkflowList',
    summary: 'Workflows by their ids',
    input: z.object({ MediaWorkflowIds: commaList }),
    run: async ({ input: { MediaWorkflowIds: ids }, ask }) => {
      const found = await Promise.all(ids.map((id) => foundWorkflow(ask, id)));
      return {
        MediaWorkflowList: { MediaWorkflow: found.flatMap((each) => (each ? [shown(each)] : [])) },
        NonExistMediaWorkflowIds: { MediaWorkflowId: ids.filter((_, index) => found[index] === undefined) },
      };
    },
  }),
  action({
    name: 'SearchMediaWorkflow',
    summary: 'Lists workflows, by pages',
    differs: 'workflows of Headwater that were not added here are in GET /workflows',
    input: z.object({ StateList: commaList.optional(), PageNumber: integer.optional(), PageSize: integer.optional() }),
    run: async ({ input: { StateList, PageNumber = 1, PageSize = 10 }, ask }) => {
      const all = (await allWorkflows(ask)).map(shown);
      const wanted = all.filter(({ State }) => StateList?.includes(State) ?? true);
      const MediaWorkflow = paged(wanted, PageNumber, PageSize).items;
      return { MediaWorkflowList: { MediaWorkflow }, TotalCount: wanted.length, PageNumber, PageSize };
    },
  }),
];

function withoutMode({ MediaWorkflow: { TriggerMode: _, ...rest } }: { MediaWorkflow: ReturnType<typeof shown> }) {
  return { MediaWorkflow: rest };
}
