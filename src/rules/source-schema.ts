import { z } from 'zod';
import { seconds } from './schema-basics.ts';

/** A second encoder for a stream, and when which of the two is on air. */
export const backup = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether a backup may be pushed beside the main source'),
    stallMs: z
      .int()
      .min(300, { error: 'must be at least 300 ms: encoders pause that long in everyday life' })
      .max(60_000)
      .default(600)
      .describe('Without a picture for so long the source on air gives way'),
    lagSeconds: seconds(2, 60).describe(
      'A source that falls this far behind within ten seconds gives way to one that does not; 0 for never',
    ),
    back: z
      .enum(['atOnce', 'whenWell', 'never'])
      .default('whenWell')
      .describe('When the main source takes over again: `never` leaves it to an operator'),
    wellSeconds: seconds(10, 3600).describe('So long without a stall the main source is well'),
  })
  .prefault({});

/** What viewers see while no encoder gives a picture. */
export const slate = z
  .strictObject({
    seconds: seconds(0).describe('How long viewers of a stream without any encoder are kept by it; 0 for no slate'),
    file: z
      .string()
      .max(255)
      .regex(/^(?!.*(^|\/)\.)[A-Za-z0-9_. -]+(\/[A-Za-z0-9_. -]+)*\.(png|jpg|jpeg|mp4|mov|mkv|webm)$/i, {
        error:
          'must be the name of a picture or a video in the folder of slates, without .. and a slash at its beginning',
      })
      .optional()
      .describe(
        'A picture (png, jpg) or a video (mp4, mov, mkv, webm) in the folder of slates; left out, plain colour',
      ),
    color: z
      .string()
      .regex(/^#[0-9A-Fa-f]{6}$/, { error: 'must be a colour such as #101820' })
      .default('#101820')
      .describe('Without a file, and around one of another shape'),
    afterSeconds: z.number().min(0.5).max(60).default(2).describe('Without a picture for so long the stream shows it'),
    afterUnpublish: z.boolean().default(false).describe('After a clean end of the publish, too'),
  })
  .prefault({});
