import { z } from 'zod';

/** How far back viewers can go, ApsaraVideo's Vision. */
export const timeShift = z
  .strictObject({
    enabled: z.boolean().default(false),
    days: z.int().min(1, { error: 'must be 1 to 30 days' }).max(30, { error: 'must be 1 to 30 days' }).default(7),
    renditions: z
      .boolean()
      .default(false)
      .describe("Whether viewers can go back in renditions too; ApsaraVideo's IgnoreTranscode is the opposite"),
    nearSeconds: z
      .int()
      .min(0, { error: 'must be 0 to 14400 seconds' })
      .max(14_400, { error: 'must be 0 to 14400 seconds' })
      .default(1800)
      .describe('So much is in the live playlist itself; older moments have playlists of their own'),
  })
  .prefault({});
