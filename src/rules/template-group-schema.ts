import { z } from 'zod';
import { tags } from './schema-basics.ts';
import { templateName } from './template-schema.ts';

/** Templates that play as one ladder under `{stream}_{group}.m3u8`; each plays by itself too. */
export const templateGroup = z
  .strictObject({
    name: templateName.describe("After the stream's name and an underscore"),
    tags,
    templates: z
      .array(templateName)
      .min(1, { error: 'must name a template' })
      .max(8)
      .refine((names) => new Set(names).size === names.length, { error: 'names a template twice' }),
    source: z.boolean().default(true).describe('Whether the ladder begins with the stream as it was published'),
  })
  .refine(({ templates, source }) => templates.length !== 1 || source, {
    error: 'is a group of one; name a second template, or set source to true',
    path: ['templates'],
  });
