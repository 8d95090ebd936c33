import { z } from 'zod';
import {
  type Call,
  type MediaTaskDoor,
  OperationError,
  placeFields,
  placeOf,
  resourceOfPlace,
} from '../../operations/index.ts';
import { type Http, type MediaOperation, mediaOperation } from './media-operation.ts';

const side = z.coerce
  .number()
  .int()
  .min(2)
  .max(8192)
  .optional()
  .describe('In pixels; one side given, the other follows');
const seconds = z.coerce.number().min(0).max(1_000_000);
const TYPES = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp', gif: 'image/gif' } as const;

const frameQuery = z.strictObject({
  ...placeFields,
  at: seconds.default(0).describe('Seconds from the beginning'),
  width: side,
  height: side,
  format: z.enum(['jpg', 'png', 'webp']).default('jpg'),
});

const animationQuery = z.strictObject({
  ...placeFields,
  start: seconds.default(0).describe('Seconds from the beginning'),
  duration: z.coerce.number().min(0.1).max(30).default(3).describe('Seconds, of each excerpt'),
  excerpts: z.coerce.number().int().min(1).max(20).default(1).describe('So many, evenly over the rest of the film'),
  width: side,
  height: side,
  fps: z.coerce.number().min(1).max(30).default(10),
  format: z.enum(['gif', 'webp']).default('gif'),
});

/** Pictures of media files that somebody waits for. */
export function mediaTaskFiles({ small }: MediaTaskDoor): readonly MediaOperation[] {
  const shared = { area: 'Media', method: 'get', action: 'jobs:submit' } as const;
  return [
    mediaOperation({
      ...{ ...shared, name: 'frameOfMedia', path: '/media/frame', media: 'image/*', query: frameQuery },
      summary: 'One picture of a film, as JPEG, PNG or WebP',
      send: async (call, http) => {
        const place = permitted(call);
        const { at: atSeconds, width, height, format } = call.query;
        send(http, format, await small.frame(place, { atSeconds, format, ...given({ width, height }) }, call.signal));
      },
    }),
    mediaOperation({
      ...{ ...shared, name: 'animationOfMedia', path: '/media/animation', media: 'image/*', query: animationQuery },
      summary: 'A moving preview of a film, as GIF or WebP',
      send: async (call, http) => {
        const place = permitted(call);
        const { start: startSeconds, duration: durationSeconds, excerpts, fps, format, width, height } = call.query;
        const task = { startSeconds, durationSeconds, excerpts, fps, format, ...given({ width, height }) };
        send(http, format, await small.animation(place, task, call.signal));
      },
    }),
  ];
}

function permitted({ query, require }: Call<unknown, Parameters<typeof placeOf>[0]>) {
  const place = placeOf(query);
  if (!place) {
    const remedy = 'Name storage and object, or file, or url.';
    throw new OperationError(400, 'BAD_REQUEST', 'the query names no media file, or several', remedy);
  }
  require(resourceOfPlace(place));
  return place;
}

function send({ response }: Http, format: keyof typeof TYPES, bytes: Buffer): void {
  response.set('Cache-Control', 'private, no-cache').type(TYPES[format]).send(bytes);
}

function given({ width, height }: { width?: number | undefined; height?: number | undefined }) {
  return { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
}
