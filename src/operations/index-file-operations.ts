import { z } from 'zod';
import type { IndexFile, IndexFiles } from '../clip/index.ts';
import type { StreamId } from '../live/index.ts';
import { nextCursor, notFound, type Operation, operation, pageOf, pageQuery } from './base/index.ts';
import { onePage } from './gather.ts';
import { appOf } from './resources.ts';
import { isoOf, nodeName, silentNodes, sortableMs, streamNames, streamOf, time } from './schemas.ts';

const newIndexFile = z.strictObject({
  startTime: time,
  endTime: time,
  endTimeIncluded: z.boolean().default(false),
  object: z.string().max(1024).optional().describe('A name with ApsaraVideo’s variables, such as {AppName}'),
  storage: z.string().max(255).optional(),
});
const indexFile = z
  .strictObject({
    id: z.string(),
    state: z.enum(['making', 'ready', 'failed']),
    domain: z.string(),
    app: z.string(),
    stream: z.string(),
    format: z.literal('m3u8'),
    storage: z.string(),
    object: z.string(),
    width: z.number(),
    height: z.number(),
    reason: z.string().exactOptional(),
    startTime: time,
    endTime: time,
    durationSeconds: z.number(),
    createTime: time,
    url: z.string(),
    node: nodeName,
  })
  .meta({ id: 'IndexFile' });
/** The names of one index file. */
export const indexFileNames = streamNames.extend({ id: z.string().min(1).max(64) });

/** Playlists over a range of what is recorded, after the fact. */
export function indexFileOperations(indexFiles: IndexFiles): readonly Operation[] {
  const all = { area: 'Index files', path: '/streams/{domain}/{app}/{stream}/index-files', resource: appOf } as const;
  const one = { ...all, path: '/streams/{domain}/{app}/{stream}/index-files/{id}' } as const;
  return [
    operation({
      ...{ name: 'listIndexFiles', method: 'get', action: 'clips:read', ...all },
      summary: 'The index files of a stream, the newest first',
      params: streamNames,
      query: pageQuery(),
      answer: z.strictObject({ indexFiles: z.array(indexFile), nextCursor, silentNodes }),
      gather: onePage<z.output<typeof indexFile>>('indexFiles', keyOf, { order: 'descending' }),
      run: async ({ params, query }) => {
        const id = streamOf(params);
        const all = (await indexFiles.list(id)).map((file) => shown(id, file));
        const { items, ...rest } = pageOf(all, query, keyOf, 'descending');
        return { indexFiles: items, ...rest };
      },
    }),
    operation({
      ...{ at: 'owner', name: 'createIndexFile', method: 'post', action: 'clips:create', ...all },
      summary: 'Makes a playlist over what was recorded in a time',
      params: streamNames,
      body: newIndexFile,
      answer: indexFile,
      status: 201,
      run: async ({ params, body, done }) => {
        const id = streamOf(params);
        const { startTime, endTime, endTimeIncluded: isEndIncluded, object, storage } = body;
        const range = { startMs: Date.parse(startTime), endMs: Date.parse(endTime) };
        const file = await indexFiles.make(id, { ...range, isEndIncluded, object, storage });
        done(appOf(id), { stream: id.name, indexFile: file.id });
        return shown(id, file);
      },
    }),
    operation({
      ...{ at: 'holder', name: 'getIndexFile', method: 'get', action: 'clips:read', ...one },
      summary: 'One index file, whose state says whether it is made',
      params: indexFileNames,
      answer: indexFile,
      run: async ({ params }) => {
        const id = streamOf(params);
        return shown(id, (await indexFiles.find(id, params.id)) ?? noIndexFile());
      },
    }),
    operation({
      ...{ at: 'holder', name: 'deleteIndexFile', method: 'delete', action: 'clips:delete', ...one },
      summary: 'Deletes an index file, and slices that were made for it',
      params: indexFileNames,
      query: z.strictObject({
        keepFiles: z
          .enum(['true', 'false'])
          .default('false')
          .describe('Whether it is only forgotten, and its objects stay'),
      }),
      run: async ({ params, query, done }) => {
        if (!(await indexFiles.delete(streamOf(params), params.id, query.keepFiles === 'true'))) noIndexFile();
        done(appOf(params), { stream: params.stream, indexFile: params.id });
      },
    }),
  ];
}

/** Orders index files by when they were asked for. */
const keyOf = ({ createTime, id }: Pick<z.output<typeof indexFile>, 'createTime' | 'id'>) =>
  `${sortableMs(Date.parse(createTime))} ${id}`;

export function noIndexFile(): never {
  throw notFound('INDEX_NOT_FOUND', 'there is no such index file', 'List the index files of the stream.');
}

function shown({ domain, app, name }: StreamId, file: IndexFile): z.input<typeof indexFile> {
  const { id, state, storage, object, startMs, endMs, durationMs, width, height, createdAtMs } = file;
  const path = [domain, app, name].map(encodeURIComponent).join('/');
  return {
    ...{ id, state, domain, app, stream: name, format: 'm3u8', storage, object, width, height },
    ...(file.state === 'failed' ? { reason: file.reason } : {}),
    startTime: isoOf(startMs),
    endTime: isoOf(endMs),
    durationSeconds: durationMs / 1000,
    createTime: isoOf(createdAtMs),
    url: `/api/v1/streams/${path}/index-files/${id}/${object.split('/').map(encodeURIComponent).join('/')}`,
  };
}
