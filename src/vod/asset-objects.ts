import { posix } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Storage } from '../storage/index.ts';
import { isObjectName } from '../storage/index.ts';
import type { AssetFile } from './asset.ts';

const MAX_PLAYLIST_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 3;

/** Below this, in whichever storage, lies what is made of an asset, and nothing else. */
export function folderOfAsset(id: string): string {
  return `vod/${id}/`;
}

/** What lies beside a playlist, below the folder of its name. */
export function folderOfPlaylist(object: string): string {
  return `${object.slice(0, object.length - posix.extname(object).length)}/`;
}

/**
 * All objects of a file: of a playlist what it lists, but only from its own folder, so that nobody's playlist leads to
 * what is not theirs. What others depend on comes last, so that what is left can be found again.
 */
export async function objectsOfFile(file: AssetFile, storage: Storage, signal?: AbortSignal): Promise<string[]> {
  const isPlaylist = file.format === 'm3u8' || file.format === 'mpd';
  const found = new Set(file.parts);
  if (isPlaylist) {
    for await (const { name } of storage.list(folderOfPlaylist(file.object), signal ? { signal } : {})) found.add(name);
  }
  const playlists = file.format === 'm3u8' ? await listed(file.object, storage, found, signal) : [];
  for (const name of [...playlists, file.object]) found.delete(name);
  return [...found, ...playlists.filter((name) => name !== file.object), file.object];
}

/** Adds what a playlist lists to `found`; returns the playlists, the innermost first. */
async function listed(
  playlist: string,
  storage: Storage,
  found: Set<string>,
  signal: AbortSignal | undefined,
  depth = 0,
): Promise<string[]> {
  const folder = posix.dirname(playlist);
  const below: string[] = [];
  for (const uri of urisIn(await read(playlist, storage, signal))) {
    const object = objectOf(uri, folder);
    if (object === undefined || object === playlist || found.has(object)) continue;
    found.add(object);
    if (object.endsWith('.m3u8') && depth < MAX_DEPTH) {
      below.push(...(await listed(object, storage, found, signal, depth + 1)));
    }
  }
  return [...below, playlist];
}

async function read(object: string, storage: Storage, signal: AbortSignal | undefined): Promise<string> {
  const info = await storage.head(object, signal);
  if (info === undefined || info.sizeBytes > MAX_PLAYLIST_BYTES) return '';
  return text((await storage.get(object, signal ? { signal } : {})).body);
}

function urisIn(playlist: string): string[] {
  return playlist.split(/\r?\n/).flatMap((line) => {
    if (!line.startsWith('#')) return line.trim() === '' ? [] : [line.trim()];
    return [...line.matchAll(/URI="([^"]+)"/g)].map(([, uri]) => uri ?? '');
  });
}

function objectOf(uri: string, folder: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:|^\//i.test(uri)) return undefined;
  try {
    const object = posix.join(folder, decodeURIComponent(uri.replace(/[?#].*$/s, '')));
    return isObjectName(object) && (folder === '.' || object.startsWith(`${folder}/`)) ? object : undefined;
  } catch {
    return undefined;
  }
}
