import { z } from 'zod';
import type { MediaPlace, MediaTarget } from './media-place.ts';
import type { SplitPart, SplitPlan } from './split-plan.ts';
import type { DonePart } from './split-transcode.ts';
import type { MediaWatermark, SubtitleSource, TranscodeOutput, TranscodeTask } from './task.ts';
import { templateSchema } from './template/index.ts';

/** Media as steps are told of it. */
export const placeSchema = z.union(
  [
    z.strictObject({ storage: z.string().min(1), object: z.string().min(1) }),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ url: z.string().min(1) }),
  ],
  { error: 'must be {storage, object}, {file} or {url}' },
) satisfies z.ZodType<MediaPlace>;

/** An object of a storage, where something goes. */
export const targetSchema = z.strictObject({
  storage: z.string().min(1),
  object: z.string().min(1),
}) satisfies z.ZodType<MediaTarget>;

const seconds = z.number().min(0).max(10_000_000);
const pixels = z.number().min(0).max(8192);
const colour = z.string().regex(/^[0-9a-f]{6}$/i, { error: 'must be RRGGBB' });
const opacity = z.number().min(0).max(1).exactOptional();

const mark = {
  corner: z.enum(['TopLeft', 'TopRight', 'BottomLeft', 'BottomRight']).default('TopRight'),
  ...{ dx: pixels.default(0), dy: pixels.default(0) },
  timeline: z
    .strictObject({ startSeconds: seconds.default(0), durationSeconds: seconds.exactOptional() })
    .exactOptional(),
};

/** What is drawn on pictures. */
export const watermarkSchema = z.union([
  z.strictObject({
    ...{ ...mark, image: placeSchema, width: pixels.exactOptional(), height: pixels.exactOptional(), opacity },
  }),
  z.strictObject({
    ...{ ...mark, text: z.string().min(1).max(1000), fontSize: z.int().min(4).max(500).default(16) },
    ...{ color: colour.default('FFFFFF'), opacity },
    border: z.strictObject({ width: z.int().min(0).max(100), color: colour }).exactOptional(),
  }),
]) satisfies z.ZodType<MediaWatermark>;

const named = { language: z.string().max(35).exactOptional(), name: z.string().max(100).exactOptional() };

/** A text track: a file of its own, or one of the source. */
export const subtitleSchema = z.union([
  z.strictObject({ place: placeSchema, ...named }),
  z.strictObject({ track: z.int().min(0).max(255), ...named }),
]) satisfies z.ZodType<SubtitleSource>;

/** What of a source an output has, and what goes along with it, beside its template. */
export const editSchema = z.strictObject({
  clip: z
    .strictObject({
      ...{ seekSeconds: seconds.exactOptional(), durationSeconds: seconds.exactOptional() },
      cutTailSeconds: seconds.exactOptional(),
    })
    .exactOptional(),
  rotate: z.number().min(0).max(360).exactOptional(),
  merge: z
    .array(
      z.strictObject({
        ...{ place: placeSchema, seekSeconds: seconds.exactOptional(), durationSeconds: seconds.exactOptional() },
      }),
    )
    .max(20)
    .exactOptional(),
  watermarks: z.array(watermarkSchema).max(20).exactOptional(),
  burnedSubtitles: subtitleSchema.exactOptional(),
  subtitles: z.array(subtitleSchema).max(20).exactOptional(),
  audioTrack: z.int().min(0).max(255).exactOptional(),
});

/** What becomes of an object that is there already. */
export const collisionSchema = z.enum(['refuse', 'overwrite', 'version']);

/** A task as a step that was split hands it on; anybody could have written it instead. */
export const taskSchema = editSchema.extend({
  ...{ input: placeSchema, template: templateSchema, output: targetSchema },
  onCollision: collisionSchema.exactOptional(),
}) satisfies z.ZodType<TranscodeTask>;

const ticks = z.int();
const outputs = z.array(z.int().min(0).max(1000)).min(1).max(100);

export const splitSourceSchema = z.strictObject({
  timeBase: z.strictObject({ num: z.int().min(1), den: z.int().min(1) }),
  ...{ startTicks: ticks, firstTicks: ticks },
}) satisfies z.ZodType<SplitPlan['source']>;

/** One of the parts that split has planned. */
export const partSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{ kind: z.literal('piece'), of: outputs, index: z.int().min(0).max(100_000) },
    ...{ startTicks: ticks, endTicks: ticks.exactOptional(), pictures: z.int().min(0).exactOptional() },
  }),
  z.strictObject({ kind: z.literal('sound'), of: outputs }),
  z.strictObject({ kind: z.literal('whole'), of: outputs, because: z.string().max(1000) }),
]) satisfies z.ZodType<SplitPart>;

const files = z.record(z.string(), targetSchema);

/** What became of a part. */
export const donePartSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('piece'), index: z.int().min(0).max(100_000), files }),
  z.strictObject({ kind: z.literal('sound'), files }),
  z.strictObject({ kind: z.literal('whole'), of: z.int().min(0), output: z.custom<TranscodeOutput>() }),
]) satisfies z.ZodType<DonePart>;
