import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { processExists, readFileIfPresent } from '../base/index.ts';
import { run } from './run.ts';

/** The lines of postmaster.pid that matter here. */
export interface Postmaster {
  readonly pid: number;
  readonly dataFolder: string;
  readonly isReady: boolean;
}

/** Reads postmaster.pid, which a killed server leaves behind. */
export async function readPostmaster(dataFolder: string): Promise<Postmaster | undefined> {
  const text = await readFileIfPresent(join(dataFolder, 'postmaster.pid'));
  const lines = text?.split('\n') ?? [];
  const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10));
  if (!Number.isSafeInteger(pid) || pid === 0) return undefined;
  return { pid, dataFolder: lines[1] ?? '', isReady: lines[7]?.trim() === 'ready' };
}

/** Whether the process is a PostgreSQL server on this data folder (it makes that its working directory). */
export async function isPostmasterOf(pid: number, dataFolder: string): Promise<boolean> {
  if (!processExists(pid)) return false;
  try {
    if (isZombie(pid)) return false;
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataFolder);
  } catch {
    const { output } = await run(['ps', '-o', 'command=', '-p', String(pid)]);
    return output.includes('postgres') && output.includes(dataFolder);
  }
}

/**
 * A process id is soon used again in a container, and then PostgreSQL takes the stranger for its own server and
 * refuses. Removes the file only in that case: with the process gone PostgreSQL cleans up better itself.
 */
export async function removeMisleadingPidFile(dataFolder: string, postmaster: Postmaster): Promise<void> {
  if (processExists(postmaster.pid)) await unlink(join(dataFolder, 'postmaster.pid'));
}

/** A dead child nobody has waited for yet still has its process id. */
export function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'Z';
  } catch {
    return false;
  }
}
