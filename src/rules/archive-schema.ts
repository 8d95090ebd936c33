import { z } from 'zod';
import { storageName } from './schema-basics.ts';

/** How long the archive keeps what neither recordings nor time shift need any longer; clips are made of it. */
export const archive = z
  .strictObject({
    keepHours: z
      .int()
      .min(0, { error: 'must be 0 to 8760 hours' })
      .max(8760, { error: 'must be 0 to 8760 hours' })
      .default(24),
    keepBytes: z
      .int()
      .min(0)
      .default(0)
      .describe('The most that is kept of one stream, the oldest goes first; 0 for any amount'),
    storage: storageName
      .or(z.literal(''))
      .default('')
      .describe('A storage that the archive is copied to, after which the copy here may go; empty for none'),
    localHours: z
      .int()
      .min(0, { error: 'must be 0 to 8760 hours' })
      .max(8760, { error: 'must be 0 to 8760 hours' })
      .default(6)
      .describe('So long the copy here stays after that, for what is often read; 0 for ten minutes'),
  })
  .prefault({});
