import { z } from 'zod';
import { seconds } from './schema-basics.ts';

/** After how long the content of a stream is a finding of its health; 0 for never. */
export const health = z
  .strictObject({
    blackSeconds: seconds(15, 3600).describe('Seen by snapshots'),
    frozenSeconds: seconds(60, 86_400).describe('Seen by snapshots: slides that change less often are told as frozen'),
    silentSeconds: seconds(20, 3600).describe('Digital silence; quiet is not silent'),
  })
  .prefault({});
