import type { Storages } from '../storage/index.ts';
import type { Asset, AssetFile } from './asset.ts';
import { folderOfPlaylist, objectsOfFile } from './asset-objects.ts';
import { LibraryError } from './base/index.ts';
import type { Library } from './library.ts';

type Options = { readonly library: Library; readonly storages: Pick<Storages, 'get'> };
type Wanted = { readonly isForced?: boolean; readonly signal?: AbortSignal | undefined };

/**
 * Removes one file of an asset with its objects. The playlist that lists all qualities goes with a rendition that it
 * lists: the playback door makes one of those that are left. Throws ASSET_FILE_NEEDED for what nothing else can replace.
 */
export async function removeFile(
  { library, storages }: Options,
  asset: Asset,
  file: AssetFile,
  { isForced = false, signal }: Wanted = {},
): Promise<void> {
  const files = await library.files(asset.id);
  if (file.role === 'original' && !isForced && !files.some(({ role }) => role === 'rendition')) throw needed();
  const lists = file.format === 'm3u8' && file.definition !== 'AUTO' ? files.filter(isListOfAll) : [];
  for (const each of [...lists, file]) {
    const others = files.filter(({ id }) => id !== each.id && id !== file.id);
    const storage = storages.get(each.storage);
    const kept = await library.objectsOfOthers(asset.id, each.storage, [each.object]);
    const objects = kept.has(each.object) ? [] : await objectsOfFile(each, storage, signal);
    for (const object of objects) {
      const isOwn =
        object === each.object || (!isListOfAll(each) && !others.some((other) => hasObject(other, each, object)));
      if (isOwn) await storage.delete(object, signal);
    }
    await library.removeFile(each.id);
  }
  library.changed(asset.id);
}

const isListOfAll = ({ format, definition }: AssetFile): boolean => format === 'm3u8' && definition === 'AUTO';

function hasObject(other: AssetFile, { storage }: AssetFile, object: string): boolean {
  if (other.storage !== storage || isListOfAll(other)) return false;
  const isList = other.format === 'm3u8' || other.format === 'mpd';
  return other.object === object || (isList && object.startsWith(folderOfPlaylist(other.object)));
}

function needed(): LibraryError {
  const remedy = 'Have renditions made of it first, or say that it is to go all the same.';
  return new LibraryError('ASSET_FILE_NEEDED', 'the original is all that plays of the asset', remedy);
}
