import { rm } from 'node:fs/promises';
import type { Logger } from '../log/index.ts';
import type { Storage, Uploads } from '../storage/index.ts';
import { hourAt, hourOf, listSessionFiles, type SessionFile } from './session-files.ts';

export type SessionKeepingOptions = {
  readonly folder: string;
  readonly log: Logger;
  readonly wallMs: () => number;
  /** The file that is being written. */
  readonly openFile: () => string | undefined;
  /** 0 for ever. */
  readonly keepDays: number;
  /** What the files may take of this disk, those that wait for the storage among them. */
  readonly diskBytes: number;
  /** Where files go when their hour is over; left out, they stay on this disk. */
  readonly stored?: {
    readonly uploads: Pick<Uploads, 'add'>;
    readonly storage: Pick<Storage, 'name' | 'list' | 'delete'>;
    /** With the node's own part: `sessions/node-1/`. */
    readonly prefix: string;
    /** The part that all nodes have in common: `sessions/`. */
    readonly sharedPrefix: string;
  };
};

const DAY_MS = 86_400_000;
const STORED_NAME = /\/(\d{4}-\d{2}-\d{2})\/\d{2}-\d{2}-\d{2}\.jsonl$/;

/** Gives files whose hour is over to the storage, and removes what is too old or too much; throws nothing. */
export async function keepSessionFiles(options: SessionKeepingOptions): Promise<void> {
  const { log, folder, stored } = options;
  try {
    if (stored) for (const file of await finished(options)) await store(stored, file);
  } catch (error) {
    log.warn({ error, folder }, 'records of sessions could not be given to their storage, it is tried again');
  }
  try {
    await removeOld(options);
  } catch (error) {
    log.warn({ error, folder }, 'old records of sessions could not be removed');
  }
}

/** Removes what is too old from the storage; to be called about once a day. */
export async function removeOldStored({ stored, keepDays, wallMs, log }: SessionKeepingOptions): Promise<void> {
  if (!stored || keepDays === 0) return;
  try {
    const oldest = new Date(wallMs() - keepDays * DAY_MS).toISOString().slice(0, 10);
    const old: string[] = [];
    for await (const { name } of stored.storage.list(stored.sharedPrefix)) {
      const day = STORED_NAME.exec(name)?.[1];
      if (day !== undefined && day < oldest) old.push(name);
    }
    for (const name of old) await stored.storage.delete(name);
    if (old.length > 0) log.info({ files: old.length }, 'old records of sessions removed from their storage');
  } catch (error) {
    log.warn({ error }, 'old records of sessions could not be removed from their storage');
  }
}

async function finished({ folder, openFile, wallMs }: SessionKeepingOptions): Promise<SessionFile[]> {
  const hour = hourAt(wallMs());
  return (await listSessionFiles(folder)).filter(({ name }) => name !== openFile() && hourOf(name) !== hour);
}

/** Copied into the queue first: a crash in between stores the same object once more. */
async function store({ uploads, storage, prefix }: NonNullable<SessionKeepingOptions['stored']>, file: SessionFile) {
  await uploads.add({
    storage: storage.name,
    name: `${prefix}${file.name.replace('T', '/')}`,
    content: { file: file.path },
    copies: true,
    contentType: 'application/jsonl',
  });
  await rm(file.path);
}

async function removeOld(options: SessionKeepingOptions): Promise<void> {
  const { folder, keepDays, diskBytes, openFile, wallMs, log } = options;
  const oldest = keepDays === 0 ? '' : hourAt(wallMs() - keepDays * DAY_MS);
  const files = await listSessionFiles(folder);
  let sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  for (const file of files) {
    if (file.name === openFile()) continue;
    const isTooMuch = sizeBytes > diskBytes;
    if (!isTooMuch && (hourOf(file.name) ?? '') >= oldest) continue;
    await rm(file.path, { force: true });
    sizeBytes -= file.sizeBytes;
    if (isTooMuch)
      log.warn({ file: file.name, diskBytes }, 'records of sessions removed, they take too much of the disk');
  }
}
