import { z } from 'zod';
import { moderation } from './moderation-schema.ts';
import { NEEDS_STREAM, objectTemplate, STREAM_VARIABLES } from './object-template-schema.ts';
import { days, storageName } from './schema-basics.ts';

const NAME_VARIABLES = [...STREAM_VARIABLES, 'UnixTimestamp', 'Sequence'];

const NEEDS_NUMBER = {
  pattern: /\{(UnixTimestamp|Sequence)\}/,
  error: 'must have {UnixTimestamp} or {Sequence}, or pictures would overwrite each other',
};

const ONE_PICTURE = objectTemplate({
  ...{ extension: 'jpg', mayBeEmpty: true },
  known: STREAM_VARIABLES,
  needs: [NEEDS_STREAM],
});
const EVERY_PICTURE = objectTemplate({
  ...{ extension: 'jpg', mayBeEmpty: true },
  known: NAME_VARIABLES,
  needs: [NEEDS_STREAM, NEEDS_NUMBER],
});

/** When pictures are taken of a stream, and where they go. */
export const snapshot = z
  .strictObject({
    enabled: z.boolean().default(false),
    everySeconds: z
      .int()
      .min(5, { error: 'must be 5 to 3600 seconds' })
      .max(3600, { error: 'must be 5 to 3600 seconds' })
      .default(10),
    shortSide: z
      .int()
      .min(64, { error: 'must be at least 64 pixels' })
      .max(4320)
      .optional()
      .describe("The picture's shorter side in pixels, never more than the source's; left out, it is the source's"),
    storage: storageName.default('recordings').describe('A storage of the configuration'),
    /** Each picture takes the place of the last. */
    overwrite: ONE_PICTURE.default('snapshot/{AppName}/{StreamName}.jpg'),
    /** Every picture is kept. */
    sequence: EVERY_PICTURE.default(''),
    keepDays: days(0).describe('Pictures of `sequence` are deleted after so many days; 0 keeps them'),
    sprite: z
      .boolean()
      .default(false)
      .describe('Whether small pictures are kept for scrubbing, in memory and with what is archived'),
    spriteShortSide: z
      .int()
      .min(32, { error: 'must be 32 to 240 pixels' })
      .max(240, { error: 'must be 32 to 240 pixels' })
      .default(90)
      .describe('The shorter side of a small picture, in pixels'),
    spriteKeepSeconds: z
      .int()
      .min(60, { error: 'must be 60 to 86400 seconds' })
      .max(86_400, { error: 'must be 60 to 86400 seconds' })
      .default(1800)
      .describe('How far back the small pictures in memory reach; there are at most 180, the older the further apart'),
    moderation: z
      .union([moderation, z.literal('none')])
      .default('none')
      .describe('Who looks at the pictures'),
  })
  .prefault({});
