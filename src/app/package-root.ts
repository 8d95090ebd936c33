import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, from the sources as from what was built of them. */
export const PACKAGE_ROOT: string = rootAbove(fileURLToPath(import.meta.url));

export const PLAYER_DIR: string = join(PACKAGE_ROOT, 'dist', 'player');

export const VERSION: string = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')).version;

function rootAbove(path: string): string {
  const folder = dirname(path);
  if (folder === path) throw new Error('package.json is missing: the installation is not whole');
  return existsSync(join(folder, 'package.json')) ? folder : rootAbove(folder);
}
