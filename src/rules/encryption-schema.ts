import { z } from 'zod';

/** Whether HLS segments are encrypted as they are served, and how long one key is good for. */
export const encryption = z
  .strictObject({
    method: z
      .enum(['none', 'aes-128'])
      .default('none')
      .describe('`aes-128`: whole segments, as every HLS player can read them (RFC 8216, 4.3.2.4)'),
    rotateSeconds: z
      .int()
      .min(10, { error: 'must be 10 to 86400 seconds' })
      .max(86_400, { error: 'must be 10 to 86400 seconds' })
      .default(600)
      .describe('Segments that begin after this have the next key'),
  })
  .prefault({});
