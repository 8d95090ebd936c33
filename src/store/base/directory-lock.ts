import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readFileIfPresent, writeFileAtomic } from './atomic-file.ts';
import { errorCode, StoreError, type StoreErrorCode } from './store-error.ts';

const TOUCH_EVERY_MS = 5_000;
const STALE_AFTER_MS = 20_000;

const Holder = z.object({ host: z.string(), pid: z.number().int(), started: z.string() });
type Holder = z.infer<typeof Holder>;

/** A folder held by this process; give it back with `release`. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/** What the folder is for, where it is not a data directory. */
export type LockOf = {
  readonly file: string;
  readonly code: StoreErrorCode;
  readonly remedy: string;
};

const DATA_DIRECTORY: LockOf = {
  file: 'lock',
  code: 'DATA_DIR_IN_USE',
  remedy: 'Stop the other process, or give this one a data directory of its own.',
};

/**
 * Takes `<directory>/lock` for this process. Node has no flock: a holder on this machine is judged by its process id
 * and start time, one with another host name (a shared volume) by whether it touched the file in the last 20 s.
 */
export async function lockDirectory(directory: string, of = DATA_DIRECTORY): Promise<DirectoryLock> {
  const path = join(directory, of.file);
  const me: Holder = { host: hostname(), pid: process.pid, started: processStart(process.pid) ?? '' };
  if (!(await createExclusively(path, me))) {
    const holder = parseHolder(await readFileIfPresent(path));
    if (holder !== undefined && (await isAlive(path, holder))) {
      throw new StoreError(of.code, `${directory} is in use by process ${holder.pid} on ${holder.host}`, of.remedy);
    }
    await writeFileAtomic(path, JSON.stringify(me));
  }
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, TOUCH_EVERY_MS);
  timer.unref();
  let released: Promise<void> | undefined;
  return {
    release: () => {
      clearInterval(timer);
      released ??= unlink(path).catch(() => undefined);
      return released;
    },
  };
}

/** A hard link appears with its content or not at all, so nobody reads a half-written lock. */
async function createExclusively(path: string, me: Holder): Promise<boolean> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, JSON.stringify(me), { mode: 0o600 });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(temporary);
  }
}

function parseHolder(text: string | undefined): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}

async function isAlive(path: string, holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return Date.now() - (await stat(path)).mtimeMs < STALE_AFTER_MS;
  if (!processExists(holder.pid)) return false;
  const started = processStart(holder.pid);
  return started === undefined || holder.started === '' || started === holder.started;
}

/** True while a process has this id, whoever owns it. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Tells two processes with one id apart (boot and start in clock ticks); undefined where there is no /proc. */
function processStart(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${boot}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return undefined;
  }
}
