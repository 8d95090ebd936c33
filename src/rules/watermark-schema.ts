import { z } from 'zod';
import { tags } from './schema-basics.ts';

/** What a watermark is called in templates and stream rules. */
export const watermarkName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, {
  error: 'must begin with a letter or digit and go on with letters, digits, _ and -, 64 at most',
});

/** Watermarks by name, drawn one over the other. */
export const watermarkNames = z
  .array(watermarkName)
  .max(4, { error: 'has more than 4 watermarks' })
  .refine((names) => new Set(names).size === names.length, { error: 'names a watermark twice' })
  .default([]);

const side = (value: number) => z.int().min(64, { error: 'must be at least 64 pixels' }).max(8192).default(value);
const offset = z.number().min(0).max(8192).default(0);
/** No letter is narrower than this share of its height. */
const NARROWEST_LETTER = 0.2;

/** A picture or a text over the pictures of renditions; sizes and distances are those in a reference frame. */
export const watermark = z
  .strictObject({
    name: watermarkName,
    tags,
    image: z
      .string()
      .max(255)
      .regex(/^(?!.*(^|\/)\.)[A-Za-z0-9_. -]+(\/[A-Za-z0-9_. -]+)*\.png$/, {
        error: 'must be the name of a .png file in the folder of watermarks, without .. and a slash at its beginning',
      })
      .optional()
      .describe('A PNG in the folder of watermarks; with its transparency'),
    text: z
      .string()
      .min(1)
      .max(200, { error: 'must have at most 200 characters' })
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
      .regex(/^[^\u0000-\u0009\u000b-\u001f\u007f]*$/, { error: 'has a control character' })
      .optional()
      .describe('Drawn as it is: nothing in it is a variable or a command'),
    height: z
      .int()
      .min(4, { error: 'must be at least 4 pixels' })
      .max(4320)
      .describe('Of the image, whose width follows, or of a line of text'),
    color: z
      .string()
      .regex(/^#[0-9A-Fa-f]{6}$/, { error: 'must be a colour such as #ffcc00' })
      .optional()
      .describe('Of the text'),
    corner: z.enum(['TopLeft', 'TopRight', 'BottomLeft', 'BottomRight']).default('TopRight'),
    xOffset: offset.describe('From the corner towards the middle'),
    yOffset: offset,
    refWidth: side(1920),
    refHeight: side(1080),
    transparency: z
      .int()
      .min(1, { error: 'must be 1 to 255; 0 could not be seen' })
      .max(255)
      .default(255)
      .describe("As ApsaraVideo counts: 0 can't be seen, 255 lets nothing through"),
  })
  .refine(({ image, text }) => (image === undefined) !== (text === undefined), {
    error: 'must have either an image or a text',
  })
  .refine(({ color, text }) => color === undefined || text !== undefined, {
    error: 'is for a text only',
    path: ['color'],
  })
  .refine(({ yOffset, height, refHeight, text }) => yOffset + height * linesOf(text).length <= refHeight, {
    error: 'puts it outside the picture: yOffset and height together are more than refHeight',
    path: ['yOffset'],
  })
  .refine(({ xOffset, height, refWidth, text }) => xOffset + leastWidth(height, text) <= refWidth, {
    error: 'puts it outside the picture, which is refWidth wide',
    path: ['xOffset'],
  });

function linesOf(text: string | undefined): string[] {
  return (text ?? '').split('\n');
}

function leastWidth(height: number, text: string | undefined): number {
  const longest = Math.max(1, ...linesOf(text).map((line) => line.length));
  return longest * height * NARROWEST_LETTER;
}
