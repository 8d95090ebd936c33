import { z } from 'zod';
import { ossEvents, type Trigger, type TriggeredWork, type Triggers, triggerSettings } from '../workflow/index.ts';
import { type Call, nextCursor, type Operation, operation, pageOf, pageQuery } from './base/index.ts';
import { isoOf, time } from './schemas.ts';
import { resourcesOfWork } from './trigger-rights.ts';

/** What the operations on triggers need. */
export type TriggerDoor = { readonly triggers: Triggers };

const body = z.strictObject({
  workflow: z.string().min(1).max(63),
  alias: z.string().min(1).max(63).optional(),
  isEnabled: z.boolean().default(true),
  settings: triggerSettings,
});
const fired = z.strictObject({
  object: z.string(),
  run: z.string().exactOptional(),
  ignored: z.string().exactOptional().describe('Why no run was started'),
});
const firing = fired.extend({ at: time });
const trigger = z
  .strictObject({
    ...{ id: z.uuid(), workflow: z.string(), alias: z.string().exactOptional(), isEnabled: z.boolean() },
    settings: z.record(z.string(), z.json()),
    ...{ author: z.string(), createdAt: time, updatedAt: time },
    lastFiring: firing.exactOptional(),
    trouble: z.string().exactOptional().describe('Why the node that answers cannot watch it'),
  })
  .meta({ id: 'WorkflowTrigger' });

/** What sets off workflows: folders, prefixes of storages, events. */
export function triggerOperations({ triggers }: TriggerDoor): readonly Operation[] {
  const resource = () => ({ kind: 'server' }) as const;
  const shown = async ({ createdAtMs, updatedAtMs, settings, ...rest }: Trigger): Promise<z.input<typeof trigger>> => {
    const [last] = await triggers.firings(rest.id, 1);
    const trouble = triggers.troubleOf(rest.id);
    return {
      ...{ ...rest, settings: settings as unknown as z.input<typeof trigger>['settings'] },
      ...{ createdAt: isoOf(createdAtMs), updatedAt: isoOf(updatedAtMs) },
      ...(last && { lastFiring: shownFiring(last) }),
      ...(trouble === undefined ? {} : { trouble }),
    };
  };
  const all = { area: 'Workflows', path: '/workflow-triggers', resource } as const;
  const one = {
    ...{ area: 'Workflows', path: '/workflow-triggers/{trigger}', resource },
    params: z.strictObject({ trigger: z.uuid() }),
  } as const;
  return [
    operation({
      ...{ name: 'listWorkflowTriggers', method: 'get', action: 'templates:read', ...all },
      summary: 'The triggers of all workflows',
      query: pageQuery(),
      answer: z.strictObject({ triggers: z.array(trigger), nextCursor }),
      run: async ({ query }) => {
        const { items, ...rest } = pageOf(await triggers.list(), query, ({ id }) => id);
        return { triggers: await Promise.all(items.map(shown)), ...rest };
      },
    }),
    operation({
      ...{ name: 'createWorkflowTrigger', method: 'post', action: 'templates:write', ...all },
      summary: 'Adds a trigger; one that overlaps with another, or would set off itself, is refused',
      body,
      answer: trigger,
      status: 201,
      run: async ({ body: asked, caller, require, done }) => {
        const made = await triggers.put({ ...asked, author: caller.name, permit: permitBy(require) });
        done(resource(), { trigger: made.id, workflow: made.workflow });
        return shown(made);
      },
    }),
    operation({
      ...{ name: 'getWorkflowTrigger', method: 'get', action: 'templates:read', ...one },
      summary: 'One trigger, and what has set it off last',
      answer: z.strictObject({
        trigger,
        firings: z.array(firing).describe('The last hundred'),
      }),
      run: async ({ params }) => {
        const found = await triggers.find(params.trigger);
        const firings = (await triggers.firings(found.id, 100)).map(shownFiring);
        return { trigger: await shown(found), firings };
      },
    }),
    operation({
      ...{ name: 'setWorkflowTrigger', method: 'put', action: 'templates:write', ...one },
      summary: 'Changes a trigger, or switches it on or off',
      body,
      answer: trigger,
      run: async ({ params, body: asked, caller, require, done }) => {
        const { id } = await triggers.find(params.trigger);
        const made = await triggers.put({ ...asked, id, author: caller.name, permit: permitBy(require) });
        done(resource(), { trigger: made.id, workflow: made.workflow, isEnabled: made.isEnabled });
        return shown(made);
      },
    }),
    operation({
      ...{ name: 'deleteWorkflowTrigger', method: 'delete', action: 'templates:write', ...one },
      summary: 'Deletes a trigger; runs that it has started go on',
      run: async ({ params, done }) => {
        await triggers.remove(params.trigger);
        done(resource(), { trigger: params.trigger });
      },
    }),
    operation({
      ...{ ...one, name: 'sendWorkflowEvents', method: 'post', action: 'jobs:submit' },
      path: '/workflow-triggers/{trigger}/events',
      summary: 'Takes events in the form of Object Storage Service, as functions of ApsaraVideo get them',
      body: ossEvents,
      answer: z.strictObject({ events: z.array(fired) }),
      run: async ({ params, body: events, done }) => {
        const taken = await triggers.take(params.trigger, events);
        done(resource(), { trigger: params.trigger, runs: taken.flatMap(({ run }) => run ?? []) });
        return { events: taken };
      },
    }),
  ];
}

/** A trigger has the rights of whoever makes or changes it, so they must have them. */
function permitBy(require: Call['require']) {
  return (work: TriggeredWork) => {
    for (const resource of resourcesOfWork(work)) require(resource, 'jobs:submit');
  };
}

type Firing = Awaited<ReturnType<Triggers['firings']>>[number];

function shownFiring({ object, run, refusal, atMs }: Firing): z.input<typeof firing> {
  return {
    ...{ object, at: isoOf(atMs) },
    ...(run === undefined ? {} : { run }),
    ...(refusal === undefined ? {} : { ignored: refusal }),
  };
}
