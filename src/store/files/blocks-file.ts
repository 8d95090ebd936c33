import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readFileIfPresent, StoreError, writeFileAtomic } from '../base/index.ts';

const FILE_NAME = 'blocks.json';

const Content = z.object({
  version: z.literal(1),
  blocks: z.array(
    z.object({
      domain: z.string(),
      app: z.string(),
      stream: z.string(),
      sinceMs: z.number(),
      untilMs: z.number(),
      reason: z.string(),
      by: z.string(),
      changedMs: z.number().exactOptional(),
      isLifted: z.boolean().exactOptional(),
    }),
  ),
});

/** A stream that nobody may publish until a time, or that was blocked and may be published again. */
export type StoredBlock = Readonly<z.output<typeof Content>['blocks'][number]>;

/** The blocks that were kept in `dataDir`; none where there is no file. Needs no database. */
export async function readBlocks(dataDir: string): Promise<StoredBlock[]> {
  const path = join(dataDir, FILE_NAME);
  const text = await readFileIfPresent(path);
  if (text === undefined) return [];
  try {
    return Content.parse(JSON.parse(text)).blocks;
  } catch (cause) {
    const remedy = 'Restore the file from a backup, or remove it: then nobody is blocked.';
    throw new StoreError('FILE_MALFORMED', `${path} cannot be read`, remedy, cause);
  }
}

/** Keeps all blocks, in the place of those before: on the disk when it resolves. */
export async function writeBlocks(dataDir: string, blocks: readonly StoredBlock[]): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(dataDir, FILE_NAME), `${JSON.stringify({ version: 1, blocks }, null, 1)}\n`);
}
