import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger } from '../../src/log/index.ts';
import { runToEnd } from './child.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const MAKER = join(CHECKOUT, 'src/store/embedded');
const SHELF = join(CHECKOUT, 'node_modules/.cache/headwater-tests');

/**
 * Gives a data directory that has no database the empty one that a first start would make there: a copy of one that the same code
 * made once, as initdb writes 40 MB through to the disk.
 */
export async function giveDatabase(dataDir: string): Promise<void> {
  if (['postgres', 'pglite'].some((name) => existsSync(join(dataDir, name)))) return;
  const made = await madeDatabase();
  if (made === undefined) return;
  await mkdir(join(dataDir, 'postgres'), { recursive: true, mode: 0o700 });
  await runToEnd('cp', ['-a', made, join(dataDir, 'postgres/data')]);
}

/** Undefined where a database of ours lives elsewhere, or none runs here. */
async function madeDatabase(): Promise<string | undefined> {
  const made = join(SHELF, `database-${await fingerprint()}`);
  if (existsSync(made)) return made;
  await mkdir(SHELF, { recursive: true });
  const folder = await mkdtemp(join(SHELF, 'new-'));
  try {
    const { EmbeddedPostgres } = await import('../../src/store/embedded/index.ts');
    const server = await EmbeddedPostgres.start({ dataDir: folder, log: createLogger({ level: 'silent' }) });
    await server.stop();
    // Of two who make it at once the second finds it there.
    await rename(join(folder, 'postgres/data'), made).catch(() => undefined);
  } catch {
    // The server itself will say why there is none.
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return existsSync(made) ? made : undefined;
}

/** Another for each version of PostgreSQL and of the code that makes it. */
async function fingerprint(): Promise<string> {
  const names = (await readdir(MAKER)).filter((name) => !name.endsWith('.test.ts')).sort();
  const hash = createHash('sha256').update(`${process.getuid?.()}`);
  for (const path of [join(CHECKOUT, 'package.json'), ...names.map((name) => join(MAKER, name))]) {
    hash.update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}
