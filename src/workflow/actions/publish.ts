import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { StepAction } from '../../jobs/index.ts';
import { type MediaTools, placeSchema, targetSchema } from '../../media/index.ts';
import type { Storages } from '../../storage/index.ts';
import { parsed } from './parsed.ts';
import type { GuardOutput } from './split-actions.ts';

const publishInput = z.strictObject({ source: placeSchema, output: targetSchema });

/** `publish`: brings a file into a storage as it is, as from parts to where viewers look. */
export function publishAction(media: MediaTools, storages: Storages, guard: GuardOutput): StepAction {
  return {
    name: 'publish',
    run: async (run) => {
      const { source, output } = parsed(publishInput, run);
      await guard(run, output);
      const folder = join(run.folder, 'source');
      await mkdir(folder, { recursive: true });
      const { path, sizeBytes } = await media.open(source, folder, run.signal);
      const file = join(run.folder, 'file');
      await symlink(path, file);
      const { sha256 } = await storages.get(output.storage).put(output.object, { file }, { signal: run.signal });
      return { output: { storage: output.storage, object: output.object, sizeBytes, sha256 } };
    },
  };
}
