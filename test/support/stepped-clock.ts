import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from './temp-dir.ts';

const FOLDERS = ['x86_64-linux-gnu', 'aarch64-linux-gnu', 'arm-linux-gnueabihf'];
const LIBRARY = FOLDERS.map((folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`).find((path) =>
  existsSync(path),
);

/** A wall clock that can be set while programs run by it; their monotonic clock goes on untouched. */
export type SteppedClock = {
  /** For the programs that are to run by it. */
  readonly env: NodeJS.ProcessEnv;
  /** What the clock shows now. */
  nowMs(): number;
  /** Sets it so many seconds off the machine's own. */
  set(offsetSeconds: number): Promise<void>;
  remove(): Promise<void>;
};

/** A clock of libfaketime. */
export async function steppedClock(): Promise<SteppedClock> {
  if (!LIBRARY) throw new Error('there is no libfaketime: apt-get install libfaketime');
  const folder = await tempDir('clock');
  // The database's account reads it, too.
  await chmod(folder.path, 0o755);
  await mkdir(join(folder.path, 'clock'), { mode: 0o755 });
  const file = join(folder.path, 'clock/offset');
  let offsetMs = 0;
  const set = async (seconds: number) => {
    await writeFile(`${file}.new`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`, { mode: 0o644 });
    await rename(`${file}.new`, file);
    offsetMs = seconds * 1000;
  };
  await set(0);
  return {
    env: {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    nowMs: () => Date.now() + offsetMs,
    set,
    remove: () => folder.remove(),
  };
}
