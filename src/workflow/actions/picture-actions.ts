import { z } from 'zod';
import type { Json, JsonObject, StepAction, StepRun } from '../../jobs/index.ts';
import { mediaRun } from '../../mps/index.ts';
import { collisionSchema, outputsSchema, placeSchema, targetSchema, tasksOf } from './media-input.ts';
import { parsed } from './parsed.ts';
import type { MediaActionsOptions } from './split-actions.ts';

const seconds = z.number().min(0).max(10_000_000);
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
  collision: collisionSchema,
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
  color: z.string().exactOptional(),
});
const gifInput = z.strictObject({
  source: placeSchema,
  output: targetSchema,
  collision: collisionSchema,
  format: z.enum(['gif', 'webp']).default('gif'),
  startSeconds: seconds.exactOptional(),
  durationSeconds: seconds.exactOptional(),
  excerpts: z.int().min(1).max(100).exactOptional(),
  width: side.exactOptional(),
  height: side.exactOptional(),
  fps: z.number().min(0.1).max(60).exactOptional(),
  loop: z.int().min(0).max(65_535).exactOptional(),
});
const packageInput = z.strictObject({
  /** Files whose key frames are at the same times. */
  renditions: z.array(placeSchema).min(1).max(20),
  format: z.enum(['m3u8', 'mpd']).default('m3u8'),
  segmentSeconds: z.number().min(1).max(60).exactOptional(),
  segmentType: z.enum(['ts', 'fmp4']).exactOptional(),
  output: targetSchema,
  collision: collisionSchema,
});
const watermarkInput = outputsSchema.omit({ formats: true }).extend({
  format: z.string().default('mp4'),
  object: z.string().exactOptional(),
  watermarks: z.array(z.json()).min(1).max(20),
});

/** `snapshot`, `sprite`, `gif`, `package` and `watermark`. */
export function pictureActions({ media, guard, findTemplate }: MediaActionsOptions): readonly StepAction[] {
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
    action('snapshot', snapshotInput, ({ source, collision, ...asked }, run) =>
      media.snapshot({ ...asked, input: source, onCollision: collision }, mediaRun(run)),
    ),
    action('sprite', spriteInput, ({ source, collision, ...asked }, run) =>
      media.sprite({ ...asked, input: source, onCollision: collision }, mediaRun(run)),
    ),
    action('gif', gifInput, ({ source, collision, ...asked }, run) =>
      media.animation({ ...asked, input: source, onCollision: collision }, mediaRun(run)),
    ),
    action('package', packageInput, ({ renditions, collision, ...asked }, run) =>
      media.package(renditions, { ...asked, onCollision: collision }, mediaRun(run)),
    ),
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
