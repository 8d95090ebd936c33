import { z } from 'zod';
import type { Clips, KeptClip } from '../clip/index.ts';
import type { StreamId } from '../live/index.ts';
import { nextCursor, notFound, type Operation, OperationError, operation, pageOf, pageQuery } from './base/index.ts';
import { onePage } from './gather.ts';
import { appOf } from './resources.ts';
import { isoOf, nodeName, silentNodes, sortableMs, streamNames, streamOf, time } from './schemas.ts';

/** What the operations on clips need. */
export type ClipDoor = {
  readonly clips: Clips;
  /** The public page of a stream. */
  readonly pageOf: (id: StreamId) => string;
};

/** Unix time in ms, or text. */
export const moment = z.union([z.int(), time.transform((text) => Date.parse(text))]);

const about = {
  title: z.string().max(1000).optional(),
  exact: z.boolean().default(true).describe('To the picture, else to the segment'),
};
const newClip = z.union([
  z.strictObject({ startMs: moment, endMs: moment, ...about }),
  z.strictObject({ seconds: z.number().default(30).describe('So many of the last ones'), ...about }),
]);
const clipNames = streamNames.extend({ id: z.string().min(1).max(64) });
const clipSchema = z
  .strictObject({
    id: z.string(),
    state: z.enum(['making', 'ready', 'failed']),
    title: z.string(),
    by: z.string(),
    storage: z.string(),
    object: z.string(),
    url: z.string(),
    pageUrl: z.string(),
    askedAt: time,
    startedAt: time,
    endedAt: time,
    reason: z.string().exactOptional().describe('Why it failed'),
    durationSeconds: z.number().exactOptional().describe('This and what follows once it is ready'),
    sizeBytes: z.int().exactOptional(),
    width: z.number().exactOptional(),
    height: z.number().exactOptional(),
    isExact: z.boolean().exactOptional(),
    inexactBecause: z.string().exactOptional(),
    missingSegments: z.int().exactOptional(),
    posterUrl: z.string().exactOptional(),
    chapters: z.array(z.strictObject({ name: z.string(), atSeconds: z.number() })).exactOptional(),
    node: nodeName,
  })
  .meta({ id: 'Clip' });

/** Clips of a stream: make, list, look at, delete. */
export function clipOperations({ clips, pageOf: streamPage }: ClipDoor): readonly Operation[] {
  const all = { area: 'Clips', path: '/streams/{domain}/{app}/{stream}/clips', resource: appOf } as const;
  const one = { ...all, path: '/streams/{domain}/{app}/{stream}/clips/{id}' } as const;
  return [
    operation({
      ...{ name: 'listClips', method: 'get', action: 'clips:read', ...all },
      summary: 'The clips of a stream, the newest first',
      params: streamNames,
      query: pageQuery(),
      answer: z.strictObject({ clips: z.array(clipSchema), nextCursor, silentNodes }),
      gather: onePage<z.output<typeof clipSchema>>('clips', keyOf, { order: 'descending' }),
      run: async ({ params, query }) => {
        const id = streamOf(params);
        const all = (await clips.list(id)).map((clip) => shown(clip, streamPage(id)));
        const { items, ...rest } = pageOf(all, query, keyOf, 'descending');
        return { clips: items, ...rest };
      },
    }),
    operation({
      ...{ at: 'owner', name: 'createClip', method: 'post', action: 'clips:create', ...all },
      summary: 'Cuts a clip out of what is kept: a range, or the last seconds',
      params: streamNames,
      body: newClip,
      answer: clipSchema,
      status: 201,
      run: async ({ params, body: { title, exact: isExact, ...wanted }, done }) => {
        const id = streamOf(params);
        const clip = await clips.make(id, { wanted, title, isExact, by: 'api' });
        done(appOf(id), { stream: id.name, clip: clip.id });
        return shown(clip, streamPage(id));
      },
    }),
    operation({
      ...{ at: 'holder', name: 'getClip', method: 'get', action: 'clips:read', ...one },
      summary: 'One clip, whose state says whether it is made',
      params: clipNames,
      answer: clipSchema,
      run: async ({ params }) => {
        const id = streamOf(params);
        const clip = (await clips.find(id, params.id)) ?? noClip();
        if (clip.state !== 'expired') return shown(clip, streamPage(id));
        throw new OperationError(410, 'CLIP_EXPIRED', 'the clip has expired and is deleted', 'Cut it anew.');
      },
    }),
    operation({
      ...{ at: 'holder', name: 'deleteClip', method: 'delete', action: 'clips:delete', ...one },
      summary: 'Deletes a clip with its files',
      params: clipNames,
      run: async ({ params, done }) => {
        if (!(await clips.delete(streamOf(params), params.id))) noClip();
        done(appOf(params), { stream: params.stream, clip: params.id });
      },
    }),
  ];
}

/** Orders clips by when they were asked for. */
const keyOf = ({ askedAt, id }: Pick<z.output<typeof clipSchema>, 'askedAt' | 'id'>) =>
  `${sortableMs(Date.parse(askedAt))} ${id}`;

export function noClip(): never {
  throw notFound('CLIP_NOT_FOUND', 'there is no such clip', 'List the clips of the stream.');
}

function shown(clip: KeptClip, streamPage: string): z.input<typeof clipSchema> {
  const { id, state, title, by, storage, object, askedAtMs, startMs, endMs } = clip;
  const page = `${streamPage}/clips/${id}`;
  const asked = {
    ...{ id, state, title, by, storage, object, url: `${page}.mp4`, pageUrl: page },
    ...{ askedAt: isoOf(askedAtMs), startedAt: isoOf(startMs), endedAt: isoOf(endMs) },
  };
  if (clip.state === 'making') return asked;
  if (clip.state === 'failed') return { ...asked, reason: clip.reason };
  const { durationMs, sizeBytes, isExact, inexactBecause, width, height, missingSegments, poster } = clip;
  return {
    ...{ ...asked, durationSeconds: durationMs / 1000, sizeBytes, width, height, isExact },
    ...(inexactBecause === undefined ? {} : { inexactBecause }),
    ...(missingSegments === undefined ? {} : { missingSegments }),
    ...(poster ? { posterUrl: `${page}.jpg` } : {}),
    chapters: clip.chapters.map(({ name, startMs }) => ({ name, atSeconds: startMs / 1000 })),
  };
}
