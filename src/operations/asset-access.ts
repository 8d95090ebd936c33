import type { Resource } from '../identity/index.ts';
import type { AssetCondition } from '../store/index.ts';
import { type Asset, type Categories, type Library, LibraryError } from '../vod/index.ts';
import type { Call } from './base/index.ts';

/** What assets are that have no category, for rights. */
export const NO_CATEGORY = 'none';

/** Rights to assets are those to their categories, and to the categories above. */
export async function categoryOf(categories: Categories, id: number | undefined): Promise<Resource> {
  if (id === undefined) return { kind: 'category', category: NO_CATEGORY };
  const above = (await categories.path(id)).slice(0, -1).map((category) => String(category.id));
  return { kind: 'category', category: String(id), above };
}

type Door = { readonly library: Library; readonly categories: Categories };

/** The asset, where the caller may do the operation's action to it. */
export async function assetFor(
  { library, categories }: Door,
  id: string,
  { require }: Pick<Call, 'require'>,
): Promise<{ asset: Asset; resource: Resource }> {
  const asset = await library.get(id);
  const resource = await categoryOf(categories, asset.category);
  require(resource);
  return { asset, resource };
}

/** What of all assets the caller may see; undefined for all. */
export async function visibleTo(
  { categories }: Pick<Door, 'categories'>,
  { permits }: Pick<Call, 'permits'>,
): Promise<AssetCondition | undefined> {
  if (permits({ kind: 'category', category: '*' })) return undefined;
  const values: (number | undefined)[] = [];
  for (const { id } of await categories.all()) if (permits(await categoryOf(categories, id))) values.push(id);
  if (permits({ kind: 'category', category: NO_CATEGORY })) values.push(undefined);
  return { kind: 'category', values };
}

/** In that state, or ASSET_STATUS. */
export function refuseStatus({ status }: Asset, allowed: readonly Asset['status'][], what: string): void {
  if (allowed.includes(status)) return;
  const remedy = `Wait until it is ${allowed.join(' or ')}.`;
  throw new LibraryError('ASSET_STATUS', `the asset is ${status} and cannot be ${what}`, remedy);
}
