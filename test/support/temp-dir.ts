import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of the test's own, and what removes it. */
export async function tempDir(name: string): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `headwater-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
