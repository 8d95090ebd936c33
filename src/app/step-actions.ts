import { pass, type StepAction } from '../jobs/index.ts';
import type { MediaTools } from '../media/index.ts';
import type { Storages } from '../storage/index.ts';
import { AssetTables, type Store } from '../store/index.ts';
import { Library } from '../vod/index.ts';
import { assetActions } from '../vod/processing/index.ts';
import { rungsOf } from './asset-rungs.ts';
import type { Base } from './base.ts';

type Around = { readonly storages: Storages; readonly store: Store; readonly tools: MediaTools };

/** What the server and its workers can do in jobs. */
export function stepActions({ config }: Base, { storages, store, tools }: Around): readonly StepAction[] {
  const library = new Library({ tables: new AssetTables(store), publication: config.library.newAssets });
  return [pass, ...assetActions({ library, storages, tools, rungsOf })];
}
