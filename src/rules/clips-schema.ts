import { z } from 'zod';
import { days } from './schema-basics.ts';

/** What becomes of a stream's clips. */
export const clips = z
  .strictObject({
    /** Clips are deleted from their storage after so many days; 0 keeps them. */
    keepDays: days(0),
  })
  .prefault({});
