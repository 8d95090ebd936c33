import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const BUILT = join(CHECKOUT, 'dist/server/main.js');
const STAMP = join(CHECKOUT, 'dist/.built');

/**
 * What comes after `node` to run this checkout's command line. Where the build is as new as all sources, it is the build, which starts
 * with half the work; else the sources themselves.
 */
export const HEADWATER: readonly string[] = isBuilt()
  ? [BUILT]
  : ['--import', fileURLToPath(import.meta.resolve('tsx')), join(CHECKOUT, 'src/main.ts')];

/** As `build_if_older` of scripts/setup.sh has it: the stamp is as old as the beginning of the build. */
function isBuilt(): boolean {
  const builtMs = Math.min(modifiedMs(STAMP), modifiedMs(BUILT) > 0 ? Number.POSITIVE_INFINITY : 0);
  const sources = readdirSync(join(CHECKOUT, 'src'), { recursive: true, withFileTypes: true });
  return sources
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .every((entry) => modifiedMs(join(entry.parentPath, entry.name)) <= builtMs);
}

function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
