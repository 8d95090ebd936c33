import { randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Storage } from './storage.ts';
import { StorageError } from './storage-error.ts';

const PROBE_BYTES = 10_000;

/** What was found out about a storage that works. */
export type ProbeResult = {
  /** What a stranger gets without credentials. */
  readonly strangersMay: readonly ('list' | 'read')[];
};

/** Writes an object, lists it, reads it back, asks for it as a stranger, and deletes it; throws what does not work. */
export async function probeStorage(storage: Storage): Promise<ProbeResult> {
  const name = `headwater-probe/${randomUUID()}.bin`;
  const bytes = randomBytes(PROBE_BYTES);
  await storage.put(name, { bytes }, { contentType: 'application/octet-stream' });
  try {
    return await readBack(storage, name, bytes);
  } finally {
    await storage.delete(name);
  }
}

async function readBack(storage: Storage, name: string, bytes: Buffer): Promise<ProbeResult> {
  const found = await storage.get(name);
  if (!(await buffer(found.body)).equals(bytes)) throw broken('what was read back is not what was written');
  const listed: string[] = [];
  for await (const each of storage.list(name)) listed.push(each.name);
  if (!listed.includes(name)) throw broken('what was written is not in the list');
  const strangersMay = (await storage.strangersMay?.(name)) ?? [];
  await storage.delete(name);
  if (await storage.head(name)) throw broken('what was deleted is still there');
  return { strangersMay };
}

function broken(what: string): StorageError {
  return new StorageError('STORAGE_FAILED', what, 'This storage cannot be trusted with recordings; use another.');
}
