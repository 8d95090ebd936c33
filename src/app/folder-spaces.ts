import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

export type FolderSpace = { readonly freeBytes: number; readonly totalBytes: number } | { readonly problem: string };

/** A disk that takes longer, as a network's that is away, is not waited for. */
const PATIENCE_MS = 2000;

/** Asks disks for their free space; one that does not answer is asked once, however many want to know. */
export class FolderSpaces {
  readonly #asked = new Map<string, Promise<FolderSpace>>();

  async of(folder: string): Promise<FolderSpace> {
    const asking = this.#asked.get(folder) ?? this.#ask(folder);
    const late = new Promise<FolderSpace>((resolve) => {
      setTimeout(() => resolve({ problem: 'the disk does not answer' }), PATIENCE_MS).unref();
    });
    return Promise.race([asking, late]);
  }

  #ask(folder: string): Promise<FolderSpace> {
    const asking = spaceOf(folder).finally(() => this.#asked.delete(folder));
    this.#asked.set(folder, asking);
    return asking;
  }
}

/** A folder that is yet to be made has the room of the one that it will be in. */
async function spaceOf(folder: string): Promise<FolderSpace> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' && dirname(folder) !== folder ? spaceOf(dirname(folder)) : { problem: code };
  }
}
