import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { readFile } from './checksums.ts';
import type { ObjectContent } from './storage.ts';

/** Writes a new file and brings it to the disk, its name excepted; returns the SHA-256 in hex. */
export async function writeDurably(file: string, content: ObjectContent, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file, 'wx', 0o644);
  try {
    for await (const chunk of 'bytes' in content ? [content.bytes] : readFile(content.file, signal)) {
      hash.update(chunk);
      await writeAll(handle, chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/** Makes new and changed names in the folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems refuse fsync on a folder.
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, offset);
    offset += bytesWritten;
  }
}
