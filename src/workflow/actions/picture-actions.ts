import { z } from 'zod';
import type { Json, JsonObject, StepAction, StepRun } from '../../jobs/index.ts';
import { collisionSchema, placeSchema, targetSchema, watermarkSchema } from '../../media/index.ts';
import { mediaRun } from '../../mps/index.ts';
import { outputsSchema, tasksOf } from './media-input.ts';
import { packageAction } from './package-action.ts';
import { parsed } from './parsed.ts';
import type { MediaActionsOptions } from './split-actions.ts';

const seconds = z.number().min(0).max(10_000_000);
const collision = collisionSchema.default('refuse');
const side = z.int().min(8).max(8192);
const moments = z.strictObject({
  times: z.array(seconds).max(1000).exactOptional(),
  startSeconds: seconds.exactOptional(),
  intervalSeconds: seconds.exactOptional(),
  count: z.int().min(1).max(10_000).exactOptional(),
});
const picture = {
  source: placeSchema,
  output: targetSchema,
  collision,
  moments: moments.default({ count: 1 }),
  frameType: z.enum(['normal', 'intra']).exactOptional(),
};

const snapshotInput = z.strictObject({
  ...picture,
  width: side.exactOptional(),
  height: side.exactOptional(),
  format: z.enum(['jpg', 'png', 'webp']).exactOptional(),
});
const spriteInput = z.strictObject({
  ...{ ...picture, moments: moments.default({ intervalSeconds: 10 }) },
  cellWidth: side.exactOptional(),
  cellHeight: side.exactOptional(),
  columns: z.int().min(1).max(100).exactOptional(),
  lines: z.int().min(1).max(10_000).exactOptional(),
  padding: z.int().min(0).max(1000).exactOptional(),
  margin: z.int().min(0).max(1000).exactOptional(),
  color: z
    .string()
    .regex(/^[0-9a-f]{6}$/i, { error: 'must be RRGGBB' })
    .exactOptional(),
});
const gifInput = z.strictObject({
  source: placeSchema,
  output: targetSchema,
  collision,
  format: z.enum(['gif', 'webp']).default('gif'),
  startSeconds: seconds.exactOptional(),
  durationSeconds: seconds.exactOptional(),
  excerpts: z.int().min(1).max(100).exactOptional(),
  width: side.exactOptional(),
  height: side.exactOptional(),
  fps: z.number().min(0.1).max(60).exactOptional(),
  loop: z.int().min(0).max(65_535).exactOptional(),
});
const watermarkInput = outputsSchema.omit({ formats: true }).extend({
  format: z.string().default('mp4'),
  object: z.string().exactOptional(),
  watermarks: z.array(watermarkSchema).min(1).max(20),
});

/** `snapshot`, `sprite`, `gif`, `package` and `watermark`. */
export function pictureActions(options: MediaActionsOptions): readonly StepAction[] {
  const { media, guard, findTemplate } = options;
  type Made = { readonly output: { readonly storage: string; readonly object: string } };
  const action = <T extends Made>(
    name: string,
    schema: z.ZodType<T>,
    make: (asked: T, run: StepRun) => Promise<unknown>,
  ): StepAction => ({
    name,
    run: async (run) => {
      const asked = parsed(schema, run);
      await guard(run, asked.output);
      return { output: (await make(asked, run)) as JsonObject };
    },
  });
  return [
    action('snapshot', snapshotInput, ({ source, collision: onCollision, ...asked }, run) =>
      media.snapshot({ ...asked, input: source, onCollision }, mediaRun(run)),
    ),
    action('sprite', spriteInput, ({ source, collision: onCollision, ...asked }, run) =>
      media.sprite({ ...asked, input: source, onCollision }, mediaRun(run)),
    ),
    action('gif', gifInput, ({ source, collision: onCollision, ...asked }, run) =>
      media.animation({ ...asked, input: source, onCollision }, mediaRun(run)),
    ),
    packageAction(options),
    {
      name: 'watermark',
      run: async (run) => {
        const { format, object, watermarks, ...asked } = parsed(watermarkInput, run);
        const one = { format, watermarks, ...(object === undefined ? {} : { object }) };
        const [task] = await tasksOf({ ...asked, formats: [one] }, findTemplate);
        if (!task) throw new Error('one format is one task');
        await guard(run, task.output);
        return { output: (await media.transcode(task, mediaRun(run))) as unknown as { readonly [name: string]: Json } };
      },
    },
  ];
}
