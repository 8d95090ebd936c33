import { z } from 'zod';
import type { JsonObject, StepAction } from '../../jobs/index.ts';
import { collisionSchema, placeSchema, targetSchema } from '../../media/index.ts';
import { mediaRun } from '../../mps/index.ts';
import { outputsSchema, taskOf } from './media-input.ts';
import { parsed } from './parsed.ts';
import type { MediaActionsOptions } from './split-actions.ts';

const text = (most: number) => z.string().min(1).max(most);
const packageInput = z
  .strictObject({
    /** Files whose key frames are at the same times; or, in one decoding, what is made of a source. */
    renditions: z.array(placeSchema).min(1).max(20).optional(),
    source: placeSchema.optional(),
    formats: outputsSchema.shape.formats.max(20).optional(),
    format: z.enum(['m3u8', 'mpd']).default('m3u8'),
    segmentSeconds: z.number().min(1).max(60).exactOptional(),
    segmentType: z.enum(['ts', 'fmp4']).exactOptional(),
    subtitles: z
      .array(z.strictObject({ place: placeSchema, language: text(35), name: text(100) }))
      .max(20)
      .exactOptional(),
    output: targetSchema,
    collision: collisionSchema.default('refuse'),
  })
  .refine(({ renditions, source, formats }) => (renditions ? !source && !formats : source && formats), {
    path: ['renditions'],
    error: 'or source with formats must be given',
  });

/** `package`: renditions that a player changes between, of files that are there or made of a source. */
export function packageAction({ media, guard, findTemplate }: MediaActionsOptions): StepAction {
  return {
    name: 'package',
    run: async (run) => {
      const { renditions, source, formats = [], collision, ...asked } = parsed(packageInput, run);
      await guard(run, asked.output);
      const task = { ...asked, onCollision: collision };
      if (renditions)
        return { output: (await media.package(renditions, task, mediaRun(run))) as unknown as JsonObject };
      if (!source) throw new Error('the schema asks for a source');
      const tasks = [];
      for (const each of formats) {
        const wanted = typeof each === 'string' ? { format: each } : { format: 'mp4', ...each };
        tasks.push((await taskOf(source, wanted, findTemplate)).task);
      }
      return { output: (await media.adaptive(tasks, task, mediaRun(run))) as unknown as JsonObject };
    },
  };
}
