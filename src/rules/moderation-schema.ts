import { z } from 'zod';

/** Who sees each picture of a stream and may object to it. */
export const moderation = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  key: z
    .string()
    .min(16, { error: 'must have 16 to 128 characters' })
    .max(128)
    .optional()
    .describe('Signs what is sent, as Standard Webhooks do'),
  send: z
    .enum(['image', 'json'])
    .default('image')
    .describe('`image`: the JPEG itself; `json`: an object that has it in base64'),
  timeoutMs: z.int().min(100).max(30_000).default(5000),
  concurrency: z.int().min(1).max(64).default(4).describe('Pictures at once on their way to this URL, of all streams'),
  onFailure: z
    .enum(['pass', 'stop'])
    .default('pass')
    .describe('What comes of three pictures in a row without a usable answer: nothing, or the end of the publish'),
});

export type ModerationRule = z.output<typeof moderation>;
