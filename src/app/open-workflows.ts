import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Jobs } from '../jobs/index.ts';
import { type IdentityDoor, triggerDenial } from '../operations/index.ts';
import type { Storages } from '../storage/index.ts';
import { type Store, TriggerTables, WorkflowTables } from '../store/index.ts';
import { Triggers, WorkflowError, Workflows, watchTriggers } from '../workflow/index.ts';
import type { Base } from './base.ts';
import { PACKAGE_ROOT } from './package-root.ts';

type Neighbours = {
  readonly store: Store;
  readonly storages: Storages;
  readonly jobs: Jobs;
  readonly identity: Pick<IdentityDoor, 'directory'>;
  /** The names of what steps can do. */
  readonly actions: readonly string[];
};

/** Workflows that come with the server. */
const SHIPPED = join(PACKAGE_ROOT, 'config', 'workflows');
const AUTHOR = 'headwater';

/** Workflows and what sets them off, on this node. */
export function openWorkflows({ config, log, closer }: Base, near: Neighbours) {
  const { store, storages, jobs, identity, actions } = near;
  const workflows = new Workflows({ tables: new WorkflowTables(store), jobs, actions });
  const tables = new TriggerTables(store);
  const triggers = new Triggers({
    ...{ tables, workflows, storages, roots: config.media.roots },
    denial: (author, work) => triggerDenial(identity.directory, author, work),
  });
  closer.add('triggers of workflows', { close: watchTriggers({ triggers, tables, storages, log }) });
  const stopShipping = store.onState(({ kind }) => {
    if (kind === 'ready') void ship(workflows).catch((error) => log.warn({ error }, 'shipped workflows are not there'));
  });
  if (store.state.kind === 'ready')
    void ship(workflows).catch((error) => log.warn({ error }, 'shipped workflows are not there'));
  closer.add('shipped workflows', { close: stopShipping });
  return { workflows, triggers };
}

/** Adds those that are not there; what an operator has made of one stays. */
async function ship(workflows: Workflows): Promise<void> {
  const names = await readdir(SHIPPED).catch(() => []);
  for (const name of names.filter((each) => each.endsWith('.yml'))) {
    try {
      await workflows.create(await readFile(join(SHIPPED, name), 'utf8'), AUTHOR);
    } catch (error) {
      if (!(error instanceof WorkflowError) || error.code !== 'WORKFLOW_EXISTS') throw error;
    }
  }
}
