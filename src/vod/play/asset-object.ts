import { isObjectName } from '../../storage/index.ts';
import type { AssetFile } from '../index.ts';

/** An object that belongs to an asset. */
export type AssetObject = {
  readonly storage: string;
  readonly object: string;
  /** The file whose object it is, or to whose playlist it belongs. */
  readonly file: AssetFile;
  /** It is the file itself and not one of the segments below its name. */
  readonly isFile: boolean;
};

const LISTS: readonly string[] = ['m3u8', 'mpd'];

/**
 * The object that a path below a file's address names: `{file}/{path from where the file lies}`. Undefined where the
 * asset has none of that name: only its files and what lies below the name of a playlist belong to it.
 *
 * @param path percent-decoded
 */
export function objectOf(files: readonly AssetFile[], path: string): AssetObject | undefined {
  const cut = path.indexOf('/');
  const base = files.find(({ id }) => id === path.slice(0, cut));
  if (cut < 0 || !base) return undefined;
  const { storage } = base;
  const object = folderOf(base.object) + path.slice(cut + 1);
  if (!isObjectName(object)) return undefined;
  const there = files.filter((file) => file.storage === storage);
  const itself = there.find((file) => file.object === object);
  if (itself) return { storage, object, file: itself, isFile: true };
  const list = there.find(
    (file) => LISTS.includes(file.format) && (file.parts?.includes(object) || isBelow(file, object)),
  );
  return list && { storage, object, file: list, isFile: false };
}

/** Whether it is below a playlist's name; or in its folder, where that is one that only this asset has. */
function isBelow({ asset, object: list }: AssetFile, object: string): boolean {
  if (object.startsWith(`${stemOf(list)}/`)) return true;
  const folder = folderOf(list);
  return folder.startsWith(`vod/${asset}/`) && object.startsWith(folder);
}

/** Where a file is below the asset's address, percent-encoded. */
export function pathOfFile({ id, object }: AssetFile): string {
  return `${encodeURIComponent(id)}/${encodeURIComponent(object.slice(folderOf(object).length))}`;
}

/** What is before the name, with its slash. */
export function folderOf(object: string): string {
  return object.slice(0, object.lastIndexOf('/') + 1);
}

function stemOf(object: string): string {
  const name = object.slice(folderOf(object).length);
  const dot = name.lastIndexOf('.');
  return folderOf(object) + (dot > 0 ? name.slice(0, dot) : name);
}
