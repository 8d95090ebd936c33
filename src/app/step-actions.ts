import { availableParallelism } from 'node:os';
import { Jobs, listWorkers, type StepAction } from '../jobs/index.ts';
import type { MediaTools } from '../media/index.ts';
import type { Storages } from '../storage/index.ts';
import { type Store, TriggerTables, WorkflowTables } from '../store/index.ts';
import { builtInActions, callOut, Triggers, Workflows } from '../workflow/index.ts';
import type { Base } from './base.ts';

type Around = { readonly store: Store; readonly storages: Storages; readonly media: MediaTools };

/** What the server and its workers can do in jobs. */
export function stepActions(
  { config, clock, log, closer }: Base,
  { store, storages, media }: Around,
): readonly StepAction[] {
  const { allowedHosts, allowedCommands, webhookSecret } = config.workflows;
  const out = closer.add('calls of workflows', callOut(allowedHosts));
  const workflows = new Workflows({ tables: new WorkflowTables(store), jobs: new Jobs({ store, log }), actions: [] });
  const triggers = new Triggers({ tables: new TriggerTables(store), workflows, storages, roots: config.media.roots });
  return builtInActions({
    ...{ media, storages, out, allowedCommands },
    webhookSecret: webhookSecret ?? undefined,
    wallMs: clock.wallMs,
    findTemplate: async () => undefined,
    guard: (run, target) => triggers.guard(run, target),
    workers: async () => {
      const slots = (await listWorkers(store)).reduce((sum, { concurrency }) => sum + concurrency, 0);
      return slots > 0 ? slots : availableParallelism();
    },
  });
}
