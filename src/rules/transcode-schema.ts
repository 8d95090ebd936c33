import { z } from 'zod';
import { templateName } from './template-schema.ts';
import { watermarkNames } from './watermark-schema.ts';

/** Which renditions a stream gets. */
export const transcode = z
  .strictObject({
    templates: z
      .array(templateName)
      .max(8)
      .refine((names) => new Set(names).size === names.length, { error: 'names a template twice' })
      .default([])
      .describe(
        'Templates by name, built-in ones such as `lsd` or those of `templates`: each gives `{stream}_{template}`',
      ),
    groups: z
      .array(templateName)
      .max(8)
      .refine((names) => new Set(names).size === names.length, { error: 'names a group twice' })
      .default([])
      .describe(
        'Groups of `templateGroups`: their templates are made too, and each group gives `{stream}_{group}.m3u8`',
      ),
    watermarks: watermarkNames.describe(
      'Watermarks by name, drawn on every rendition whose pictures are encoded; never on the source',
    ),
    lazy: z
      .boolean()
      .default(true)
      .describe('Renditions start with their first viewer and stop 30 s after the last, not with the publish'),
    eager: z
      .array(templateName)
      .max(8)
      .default([])
      .describe('Of these templates the renditions start with the publish, although the others are lazy'),
  })
  .prefault({});
