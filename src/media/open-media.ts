import { mkdir, mkdtemp, open, readFile, realpath, stat, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, posix, sep } from 'node:path';
import type { Agent } from 'undici';
import { within } from '../deadline/index.ts';
import { type InputKind, MediaError } from '../ffmpeg/index.ts';
import type { Storage, Storages } from '../storage/index.ts';
import { diskFull, fetchUrl, writeBounded } from './fetch-url.ts';
import type { KeptInputs } from './kept-inputs.ts';
import type { MediaPlace } from './media-place.ts';
import { fileNameOf, forbidden, isPlaylist, playlistEntries } from './playlist-entries.ts';

/** An input that FFmpeg can open: a file of this machine, looked at. */
export type OpenedMedia = { readonly path: string; readonly kind: InputKind; readonly sizeBytes: number };

export type Opening = {
  readonly storages: Storages;
  /** Folders whose files may be named. */
  readonly roots: readonly string[];
  readonly agent: Agent;
  /** Of what is fetched, with all that it leads to. */
  readonly maxBytes: number;
  readonly timeMs: number;
  /** What of buckets is fetched once for several that read it; left out, each has a copy that it may write to. */
  readonly kept?: KeptInputs | undefined;
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
  if ('url' in place) return inTime(opening, signal, (limit) => fetched(place.url, own, opening, limit));
  if ('file' in place) return inPlace(await withinRoots(place.file, opening.roots), own);
  const storage = opening.storages.get(place.storage);
  if (storage.fileOf) return inPlace(storage.fileOf(place.object), own);
  return inTime(opening, signal, (limit) => fromStorage(storage, place.object, own, opening, limit));
}

/** Whoever sends a byte now and then holds a worker no longer than one run of FFmpeg may. */
async function inTime<T>(
  { timeMs }: Opening,
  signal: AbortSignal | undefined,
  fetch: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await within(timeMs, signal, fetch);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'TimeoutError')) throw error;
    const message = `the input was not fetched within ${Math.round(timeMs / 1000)} s`;
    const remedy = 'Put it where it is quickly read, or raise media.limits.seconds.';
    throw new MediaError('MEDIA_TIMEOUT', message, remedy, { cause: error });
  }
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

async function fetched(url: string, folder: string, opening: Opening, signal: AbortSignal): Promise<OpenedMedia> {
  const path = join(folder, 'fetched');
  const { agent, maxBytes } = opening;
  await fetchUrl(url, path, { agent, maxBytes, signal });
  const opened = await look(path);
  if (opened.kind === 'file') return opened;
  const base = new URL(url);
  return withEntries(path, opened.sizeBytes, (entry, file, takenBytes) =>
    fetchUrl(new URL(entry, base).href, file, { agent, maxBytes, takenBytes, signal }),
  );
}

async function fromStorage(
  storage: Storage,
  object: string,
  folder: string,
  { maxBytes, kept }: Opening,
  signal: AbortSignal,
): Promise<OpenedMedia> {
  const get = async (name: string, file: string, takenBytes = 0) => {
    try {
      const { body } = await storage.get(name, { signal });
      await writeBounded(body, file, { maxBytes, takenBytes, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw openError(name, error);
    }
  };
  const path = join(folder, 'fetched');
  if (kept) {
    const found = await storage.head(object, signal);
    if (!found) throw openError(object, { code: 'OBJECT_NOT_FOUND' });
    const key = JSON.stringify([storage.name, object, found.sizeBytes, found.modifiedAtMs]);
    await kept.bring(key, path, (file) => get(object, file), signal);
  } else await get(object, path);
  const opened = await look(path);
  if (opened.kind === 'file') return opened;
  const beside = posix.dirname(object);
  return withEntries(path, opened.sizeBytes, (entry, file, takenBytes) =>
    get(posix.join(beside, fileNameOf(entry)), file, takenBytes),
  );
}

/** Brings what a playlist leads to beside it. Of a playlist of playlists, those too. */
async function withEntries(
  path: string,
  sizeBytes: number,
  bring: (entry: string, file: string, takenBytes: number) => Promise<void>,
): Promise<OpenedMedia> {
  let takenBytes = sizeBytes;
  const follow = async (list: string, prefix: string, depth: number): Promise<void> => {
    if (depth === 0) throw forbidden('leads to playlists that lead to playlists that lead to playlists');
    const folder = dirname(list);
    for (const entry of playlistEntries(await readFile(list, 'utf8'))) {
      const file = join(folder, fileNameOf(entry));
      await mkdir(dirname(file), { recursive: true });
      await bring(posix.join(prefix, entry), file, takenBytes);
      const found = await look(file);
      takenBytes += found.sizeBytes;
      if (found.kind === 'playlist') await follow(file, posix.join(prefix, posix.dirname(entry)), depth - 1);
    }
  };
  await follow(path, '', MOST_DEPTH);
  return look(path);
}

/** Everything a playlist in a folder leads to is in that folder, links followed. */
async function checkBeside(path: string, root: string, depth: number): Promise<void> {
  if (depth === 0) throw forbidden('leads to playlists that lead to playlists that lead to playlists');
  for (const entry of playlistEntries(await readFile(path, 'utf8'))) {
    const file = await realpath(join(dirname(path), fileNameOf(entry))).catch((error) => {
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
