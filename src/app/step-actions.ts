import { availableParallelism } from 'node:os';
import { Jobs, pass, type StepAction, slotsFor } from '../jobs/index.ts';
import type { MediaTools } from '../media/index.ts';
import { mpsActions, TemplateShelf } from '../mps/index.ts';
import type { Storages } from '../storage/index.ts';
import { AssetTables, MediaTemplateTable, type Store, TriggerTables, WorkflowTables } from '../store/index.ts';
import { Library } from '../vod/index.ts';
import { assetNews } from '../vod/news/index.ts';
import { assetActions, Processing } from '../vod/processing/index.ts';
import { builtInActions, callOut, Triggers, Workflows } from '../workflow/index.ts';
import { rungsOf } from './asset-rungs.ts';
import type { Base } from './base.ts';

type Around = { readonly storages: Storages; readonly store: Store; readonly tools: MediaTools };

/** What the server and its workers can do in jobs. */
export function stepActions(base: Base, around: Around): readonly StepAction[] {
  const { storages, store, tools } = around;
  const { config, log } = base;
  // A composed original is processed like an uploaded one.
  const library: Library = new Library({
    ...{ tables: new AssetTables(store, assetNews), publication: config.library.newAssets },
    process: async (asset, original) => {
      // What goes along with others, such as captions, is taken as it is.
      if (asset.kind === 'attached') return 'nothing to do';
      await processing.begin(asset, original);
      return 'processing';
    },
  });
  const processing = new Processing({ library, jobs: new Jobs({ store, log }), pipeline: config.library.pipeline });
  const templates = new TemplateShelf(new MediaTemplateTable(store));
  const isStorage = (name: string) => storages.names.includes(name);
  return [
    pass,
    ...assetActions({ library, storages, tools, rungsOf: rungsOf(templates, isStorage) }),
    ...workflowActions(base, around),
    ...mpsActions({ media: tools, isStorage }),
  ];
}

function workflowActions({ config, clock, log, closer }: Base, { storages, store, tools }: Around) {
  const { allowedHosts, allowedCommands, webhookSecret } = config.workflows;
  const out = closer.add('calls of workflows', callOut(allowedHosts));
  const workflows = new Workflows({ tables: new WorkflowTables(store), jobs: new Jobs({ store, log }), actions: [] });
  const triggers = new Triggers({
    ...{ tables: new TriggerTables(store), workflows, storages, roots: config.media.roots },
    // Here outputs are looked at, and nothing is set off.
    denial: (author) => `${author} is not known to steps`,
  });
  const templates = new TemplateShelf(new MediaTemplateTable(store));
  return builtInActions({
    ...{ media: tools, storages, out, allowedCommands },
    webhookSecret: webhookSecret ?? undefined,
    wallMs: clock.wallMs,
    findTemplate: (id) => templates.transcodeTemplate(id),
    guard: (run, target) => triggers.guard(run, target),
    workers: async () => (await slotsFor(store, 'transcode')) || availableParallelism(),
  });
}
