import { z } from 'zod';
import { type Resource, SERVER } from '../identity/index.ts';
import type { MediaPlace, SmallTasks } from '../media/index.ts';
import { type Operation, operation } from './base/index.ts';

/** What is done with media while somebody waits. */
export type MediaTaskDoor = { readonly small: Pick<SmallTasks, 'probe' | 'frame' | 'animation'> };

const name = z.string().min(1).max(1024);

/** Where a media file is, as a query has it: an object of a storage, a file below `media.roots`, or an address. */
export const placeFields = {
  storage: z.string().min(1).max(100).optional().describe('The storage of `object`'),
  object: name.optional().describe('The name of an object'),
  file: name.optional().describe('A file below one of the folders of media.roots, in place of an object'),
  url: z.string().max(4096).optional().describe('An address that is fetched, in place of an object'),
};

const isOnePlace = ({ storage, object, file, url }: z.output<z.ZodObject<typeof placeFields>>) =>
  [storage !== undefined && object !== undefined, file !== undefined, url !== undefined].filter(Boolean).length === 1;

const ONE_PLACE = { error: 'must name storage and object, or file, or url' };

/** Exactly one place. */
export const placeSchema = z.strictObject(placeFields).refine(isOnePlace, ONE_PLACE);

/** The one place that the fields name; undefined where they name none, or several. */
export function placeOf(fields: z.output<z.ZodObject<typeof placeFields>>): MediaPlace | undefined {
  if (!isOnePlace(fields)) return undefined;
  const { storage, object, file, url } = fields;
  if (file !== undefined) return { file };
  if (url !== undefined) return { url };
  return storage !== undefined && object !== undefined ? { storage, object } : undefined;
}

/** What somebody must be allowed to read it. */
export function resourceOfPlace(place: MediaPlace): Resource {
  return 'object' in place ? { kind: 'storage', storage: place.storage, object: place.object } : SERVER;
}

const known = z.record(z.string(), z.unknown());
const mediaInfo = z
  .strictObject({
    format: z.string().describe('As FFmpeg names it'),
    formatLongName: z.string(),
    durationSeconds: z.number().exactOptional(),
    startSeconds: z.number().exactOptional(),
    sizeBytes: z.number().exactOptional(),
    bitsPerSecond: z.number().exactOptional(),
    programs: z.int(),
    tags: z.record(z.string(), z.string()),
    streams: z.array(known).describe('Each with its kind, codec, size, rates, rotation, colours, channels ...'),
  })
  .meta({ id: 'MediaInfo' });

/** What a media file is; small tasks that answer with bytes are among the files. */
export function mediaTaskOperations({ small }: MediaTaskDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'probeMedia', area: 'Media', method: 'post', path: '/media/probe', action: 'jobs:submit' },
      summary: 'What a media file is: container, tracks, duration, rotation, colours',
      body: placeSchema,
      answer: mediaInfo,
      run: async ({ body, require, signal }) => {
        const place = placeOf(body) ?? { file: '' };
        require(resourceOfPlace(place));
        const { streams, ...rest } = await small.probe(place, signal);
        return { ...rest, streams: streams.map((stream) => ({ ...stream })) };
      },
    }),
  ];
}
