import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { MediaError } from '../ffmpeg/index.ts';
import type { Storage, Storages } from '../storage/index.ts';
import type { MediaTarget } from './media-place.ts';
import { fillKey, type KeyFacts, versionOf } from './object-key.ts';
import type { Collision } from './task.ts';

export type Publication = {
  /** The object's name may have variables. */
  readonly target: MediaTarget;
  readonly onCollision?: Collision | undefined;
  readonly facts: Omit<KeyFacts, 'sha256' | 'md5' | 'version'>;
  readonly signal?: AbortSignal | undefined;
};

export type Published = {
  readonly object: string;
  readonly objects: readonly string[];
  readonly sizeBytes: number;
  readonly sha256: string;
};

type Sums = { readonly sizeBytes: number; readonly sha256: string; readonly md5: string };

const MOST_VERSIONS = 1000;
const TYPES: Readonly<Record<string, string>> = {
  ...{ '.mp4': 'video/mp4', '.m4s': 'video/iso.segment', '.m4a': 'audio/mp4', '.mov': 'video/quicktime' },
  ...{ '.m3u8': 'application/vnd.apple.mpegurl', '.mpd': 'application/dash+xml', '.ts': 'video/mp2t' },
  ...{ '.flv': 'video/x-flv', '.avi': 'video/x-msvideo', '.mkv': 'video/x-matroska', '.webm': 'video/webm' },
  ...{ '.gif': 'image/gif', '.webp': 'image/webp', '.jpg': 'image/jpeg', '.png': 'image/png', '.vtt': 'text/vtt' },
  ...{ '.mp3': 'audio/mpeg', '.ogg': 'audio/ogg', '.flac': 'audio/flac', '.wav': 'audio/wav' },
};

export function contentTypeOf(name: string): string {
  return TYPES[posix.extname(name).toLowerCase()] ?? 'application/octet-stream';
}

/** Brings one file into its storage: all of it under its name, or nothing. The file is given away. */
export async function publishFile(storages: Storages, file: string, publication: Publication): Promise<Published> {
  const { target, signal } = publication;
  const storage = storages.get(target.storage);
  const sums = await sumsOf(file);
  const { object, isThere } = await nameFor(storage, sums, sums, publication);
  if (!isThere) await put(storage, object, file, sums, signal);
  return { object, objects: [object], sizeBytes: sums.sizeBytes, sha256: sums.sha256 };
}

/** What a list leads to: `rename` gives what a file of the list's folder is called beside it. */
export type ListedFiles = {
  readonly list: string;
  readonly others: readonly { readonly file: string; readonly name: string }[];
  /** Writes the list anew, for files that are called so. */
  readonly rewrite: (nameOf: (name: string) => string) => Promise<void>;
};

/**
 * Brings a list and what it leads to into their storage: the list last, so that it never leads to nothing.
 *
 *     a/film.m3u8       the list
 *     a/film/film-00001.ts ...       what `out-00001.ts` was in its folder
 */
export async function publishList(
  storages: Storages,
  files: ListedFiles,
  publication: Publication,
): Promise<Published> {
  const { target, signal } = publication;
  const storage = storages.get(target.storage);
  const others = await Promise.all(files.others.map(async (each) => ({ ...each, sums: await sumsOf(each.file) })));
  const whole = createHash('sha256');
  for (const { sums } of others) whole.update(sums.sha256);
  const sha256 = whole.digest('hex');
  const facts = { sizeBytes: 0, sha256, md5: sha256.slice(0, 32) };
  let listSums: Sums | undefined;
  const nameIn = (object: string) => (name: string) => {
    const base = posix.basename(object, posix.extname(object));
    return `${base}/${name.replace(/^out/, base)}`;
  };
  const rewritten = async (object: string) => {
    await files.rewrite(nameIn(object));
    listSums = await sumsOf(files.list);
    return listSums;
  };
  const { object, isThere } = await nameFor(storage, facts, rewritten, publication);
  const sums = listSums ?? (await rewritten(object));
  const beside = (name: string) => posix.join(posix.dirname(object), nameIn(object)(name));
  const placed = others.map((each) => ({ ...each, object: beside(each.name) }));
  const objects = [object, ...placed.map((each) => each.object)];
  const sizeBytes = placed.reduce((sum, each) => sum + each.sums.sizeBytes, sums.sizeBytes);
  if (isThere) return { object, objects, sizeBytes, sha256: sums.sha256 };
  const done: string[] = [];
  try {
    for (const each of placed) {
      signal?.throwIfAborted();
      done.push(each.object);
      await put(storage, each.object, each.file, each.sums, signal);
    }
    await put(storage, object, files.list, sums, signal);
  } catch (error) {
    // What was overwritten is gone either way; nothing is left that no list leads to.
    for (const name of done) await storage.delete(name).catch(() => undefined);
    throw error;
  }
  return { object, objects, sizeBytes, sha256: sums.sha256 };
}

async function put(
  storage: Storage,
  name: string,
  file: string,
  { sha256 }: Sums,
  signal?: AbortSignal,
): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.sync().finally(() => handle.close());
  const options = { contentType: contentTypeOf(name), sha256, moves: true, ...(signal ? { signal } : {}) };
  await storage.put(name, { file }, options);
}

type Naming = { readonly object: string; readonly isThere: boolean };

/** A name that may be taken, as `onCollision` has it. What has the same bytes is ours, of an earlier try. */
async function nameFor(
  storage: Storage,
  facts: Sums,
  sums: Sums | ((object: string) => Promise<Sums>),
  { target, onCollision = 'refuse', facts: known }: Publication,
): Promise<Naming> {
  const nameOf = (version: number) => {
    const name = fillKey(target.object, { ...known, sha256: facts.sha256, md5: facts.md5, version });
    return target.object.includes('{version}') ? name : versionOf(name, version);
  };
  if (onCollision === 'overwrite') return { object: nameOf(1), isThere: false };
  for (let version = 1; version <= MOST_VERSIONS; version++) {
    const object = nameOf(version);
    const found = await storage.head(object);
    if (!found) return { object, isThere: false };
    const own = typeof sums === 'function' ? await sums(object) : sums;
    if (found.sizeBytes === own.sizeBytes && (found.sha256 ?? (await sha256Of(storage, object))) === own.sha256) {
      return { object, isThere: true };
    }
    if (onCollision === 'refuse') throw taken(object);
  }
  throw taken(nameOf(MOST_VERSIONS));
}

function taken(object: string): MediaError {
  const remedy = 'Choose another name, let it have {uuid}, {hash} or {version}, or say that it may be overwritten.';
  return new MediaError('OUTPUT_EXISTS', `there is already an object ${object}`, remedy);
}

async function sha256Of(storage: Storage, name: string): Promise<string> {
  const hash = createHash('sha256');
  const { body } = await storage.get(name);
  for await (const chunk of body) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

async function sumsOf(file: string): Promise<Sums> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  for await (const chunk of createReadStream(file, { highWaterMark: 1_048_576 })) {
    sha256.update(chunk as Buffer);
    md5.update(chunk as Buffer);
  }
  return { sizeBytes: (await stat(file)).size, sha256: sha256.digest('hex'), md5: md5.digest('hex') };
}
