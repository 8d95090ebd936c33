import { join } from 'node:path';
import type { Storages } from '../../storage/index.ts';
import type { TriggerSettings } from './trigger-settings.ts';

/** Names that begin and end so, in one space of names: the files of this machine, or the objects of a storage. */
export type Area = { readonly space: string; readonly prefix: string; readonly suffix: string };

const FILES = 'files';

/** What a trigger watches. Folder storages are files, too: both ways to them meet. */
export function areaOf(settings: TriggerSettings, storages: Storages): Area {
  const { prefix, suffix } = settings;
  if (settings.kind === 'folder') return { space: FILES, prefix: `${join(settings.folder, '/')}${prefix}`, suffix };
  return { ...placed(settings.storage, prefix, storages), suffix };
}

/** Where an object is, in the same terms. */
export function placed(storage: string, object: string, storages: Storages): Pick<Area, 'space' | 'prefix'> {
  const found = storages.names.includes(storage) ? storages.get(storage) : undefined;
  if (found?.kind === 'folder') return { space: FILES, prefix: `${join(found.place, '/')}${object}` };
  return { space: `storage ${storage}`, prefix: object };
}

export function isWithin({ space, prefix: name }: Pick<Area, 'space' | 'prefix'>, area: Area): boolean {
  if (space !== area.space || !name.startsWith(area.prefix) || !name.endsWith(area.suffix)) return false;
  return name.length >= area.prefix.length + area.suffix.length;
}

/** Whether some name is in both. */
export function overlaps(one: Area, other: Area): boolean {
  const isNested = one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix);
  const endsAlike = one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix);
  return one.space === other.space && isNested && endsAlike;
}

export function areaText({ prefix, suffix }: Pick<TriggerSettings, 'prefix' | 'suffix'>): string {
  return `names beginning with "${prefix}" and ending with "${suffix}"`;
}
