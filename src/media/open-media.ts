import { mkdir, mkdtemp, open, readFile, realpath, stat, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, posix, sep } from 'node:path';
import type { Agent } from 'undici';
import { type InputKind, MediaError } from '../ffmpeg/index.ts';
import type { Storage, Storages } from '../storage/index.ts';
import { diskFull, fetchUrl, writeBounded } from './fetch-url.ts';
import type { MediaPlace } from './media-place.ts';
import { forbidden, isPlaylist, playlistEntries } from './playlist-entries.ts';

/** An input that FFmpeg can open: a file of this machine, looked at. */
export type OpenedMedia = { readonly path: string; readonly kind: InputKind; readonly sizeBytes: number };

export type Opening = {
  readonly storages: Storages;
  /** Folders whose files may be named. */
  readonly roots: readonly string[];
  readonly agent: Agent;
  readonly maxBytes: number;
};

const HEAD_BYTES = 512;
const MOST_DEPTH = 3;

/**
 * Finds an input, and brings it here where it is elsewhere: files of folders are read in place. Playlists may lead only
 * to what lies beside them.
 */
export async function openMedia(
  place: MediaPlace,
  folder: string,
  opening: Opening,
  signal?: AbortSignal,
): Promise<OpenedMedia> {
  const own = await mkdtemp(join(folder, 'in-'));
  if ('url' in place) return fetched(place.url, own, opening, signal);
  if ('file' in place) return inPlace(await withinRoots(place.file, opening.roots), own);
  const storage = opening.storages.get(place.storage);
  if (storage.fileOf) return inPlace(storage.fileOf(place.object), own);
  return fromStorage(storage, place.object, own, opening, signal);
}

/** FFmpeg gets a link without an extension: a file is what its bytes say, whatever its name. */
async function inPlace(path: string, folder: string): Promise<OpenedMedia> {
  const opened = await look(path);
  if (opened.kind === 'playlist') {
    await checkBeside(path, await realpath(dirname(path)), MOST_DEPTH);
    return opened;
  }
  const link = join(folder, 'source');
  await symlink(await realpath(path), link);
  return { ...opened, path: link };
}

async function fetched(url: string, folder: string, opening: Opening, signal?: AbortSignal): Promise<OpenedMedia> {
  const path = join(folder, 'fetched');
  const { agent, maxBytes } = opening;
  await fetchUrl(url, path, { agent, maxBytes, signal });
  const opened = await look(path);
  if (opened.kind === 'file') return opened;
  const base = new URL(url);
  return withEntries(path, (entry, file) => fetchUrl(new URL(entry, base).href, file, { agent, maxBytes, signal }));
}

async function fromStorage(
  storage: Storage,
  object: string,
  folder: string,
  { maxBytes }: Opening,
  signal?: AbortSignal,
): Promise<OpenedMedia> {
  const get = async (name: string, file: string) => {
    try {
      const { body } = await storage.get(name, signal ? { signal } : {});
      await writeBounded(body, file, { maxBytes, signal });
    } catch (error) {
      throw openError(name, error);
    }
  };
  const path = join(folder, 'fetched');
  await get(object, path);
  const opened = await look(path);
  if (opened.kind === 'file') return opened;
  const beside = posix.dirname(object);
  return withEntries(path, (entry, file) => get(posix.join(beside, decodeURIComponent(entry)), file));
}

/** Brings what a playlist leads to beside it. Of a playlist of playlists, those too. */
async function withEntries(
  path: string,
  bring: (entry: string, file: string) => Promise<void>,
  prefix = '',
  depth = MOST_DEPTH,
): Promise<OpenedMedia> {
  if (depth === 0) throw forbidden('leads to playlists that lead to playlists that lead to playlists');
  const folder = dirname(path);
  for (const entry of playlistEntries(await readFile(path, 'utf8'))) {
    const file = join(folder, decodeURIComponent(entry));
    await mkdir(dirname(file), { recursive: true });
    await bring(posix.join(prefix, entry), file);
    if ((await look(file)).kind === 'playlist') {
      await withEntries(file, bring, posix.join(prefix, posix.dirname(entry)), depth - 1);
    }
  }
  return look(path);
}

/** Everything a playlist in a folder leads to is in that folder, links followed. */
async function checkBeside(path: string, root: string, depth: number): Promise<void> {
  if (depth === 0) throw forbidden('leads to playlists that lead to playlists that lead to playlists');
  for (const entry of playlistEntries(await readFile(path, 'utf8'))) {
    const file = await realpath(join(dirname(path), decodeURIComponent(entry))).catch((error) => {
      throw openError(entry, error);
    });
    if (!file.startsWith(root + sep)) throw forbidden('leads out of its folder by a link');
    if ((await look(file)).kind === 'playlist') await checkBeside(file, root, depth - 1);
  }
}

/** A file below one of the roots; links are followed, but not out of them. */
async function withinRoots(file: string, roots: readonly string[]): Promise<string> {
  for (const root of roots) {
    const found = await realpath(isAbsolute(file) ? file : join(root, file)).catch(() => undefined);
    const base = await realpath(root).catch(() => undefined);
    if (found !== undefined && base !== undefined && found.startsWith(base.endsWith(sep) ? base : base + sep)) {
      return found;
    }
  }
  // Whether there is such a file elsewhere is nobody's business.
  const remedy = 'Name a file below one of the folders of media.roots.';
  throw new MediaError('INPUT_NOT_FOUND', 'there is no such file below the folders that may be read', remedy);
}

async function look(path: string): Promise<OpenedMedia> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new MediaError('INPUT_NOT_MEDIA', 'the input is no file', 'Name a media file.');
    if (found.size === 0) throw new MediaError('INPUT_EMPTY', 'the input is empty', 'Upload it again.');
    return { path, kind: isPlaylist(await headOf(path)) ? 'playlist' : 'file', sizeBytes: found.size };
  } catch (error) {
    throw openError(path, error);
  }
}

async function headOf(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}

function openError(name: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'OBJECT_NOT_FOUND') {
    const message = `the input ${posix.basename(name)} is not there`;
    return new MediaError('INPUT_NOT_FOUND', message, 'Check its name; it may have been deleted meanwhile.', { cause });
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(cause);
  if (code === 'EACCES' || code === 'EPERM') {
    return new MediaError('INPUT_REFUSED', 'the input may not be read', 'Let the account of the server read it.', {
      cause,
    });
  }
  return cause;
}
