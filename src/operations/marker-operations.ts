import { z } from 'zod';
import { ClipError, type Marker, type Markers } from '../clip/index.ts';
import type { StreamId } from '../live/index.ts';
import { nextCursor, notFound, type Operation, operation, pageOf, pageQuery } from './base/index.ts';
import { moment } from './clip-operations.ts';
import { onePage } from './gather.ts';
import { appOf } from './resources.ts';
import { isoOf, nodeName, silentNodes, sortableMs, streamNames, streamOf, time } from './schemas.ts';

/** What the operations on markers need. */
export type MarkerDoor = {
  readonly markers: Markers;
  /** The stream whose markers count: the source of a rendition. */
  readonly ownerOf: (id: StreamId) => StreamId;
  /** Whether there is anything of the stream that could be marked. */
  readonly isMarkable: (id: StreamId) => Promise<boolean>;
  readonly wallMs: () => number;
};

const window = pageQuery(1000, 1000).extend({
  from: z.coerce.number().optional().describe('Unix time in ms'),
  to: z.coerce.number().optional().describe('Unix time in ms'),
});
const newMarker = z.strictObject({
  name: z.string().max(1000).default(''),
  atMs: moment.optional().describe('Unix time in ms or text; now where it is left out'),
});
const marker = z
  .strictObject({ id: z.string(), name: z.string(), by: z.string(), at: time, atMs: z.number(), node: nodeName })
  .meta({ id: 'Marker' });

/** Moments of a stream that have a name; a chapter begins at each. */
export function markerOperations({ markers, ownerOf, isMarkable, wallMs }: MarkerDoor): readonly Operation[] {
  const all = { area: 'Markers', path: '/streams/{domain}/{app}/{stream}/markers', resource: appOf } as const;
  return [
    operation({
      ...{ name: 'listMarkers', method: 'get', action: 'clips:read', ...all },
      summary: 'The markers of a stream, the oldest first',
      params: streamNames,
      query: window,
      answer: z.strictObject({ markers: z.array(marker), nextCursor, silentNodes }),
      gather: onePage('markers', keyOf),
      run: async ({ params, query }) => {
        const { from = 0, to = Number.MAX_SAFE_INTEGER } = query;
        const found = await markers.between(ownerOf(streamOf(params)), from, to);
        const { items, ...rest } = pageOf(found.map(shown), query, keyOf);
        return { markers: items, ...rest };
      },
    }),
    operation({
      ...{ at: 'owner', name: 'createMarker', method: 'post', action: 'clips:create', ...all },
      summary: 'Marks a moment of a stream',
      params: streamNames,
      body: newMarker,
      answer: marker,
      status: 201,
      run: async ({ params, body: { name, atMs = wallMs() }, done }) => {
        const id = ownerOf(streamOf(params));
        if (!(await isMarkable(id))) {
          throw new ClipError('NOT_MARKABLE', 'nothing of the stream is kept', 'Publish it to a rule that records.');
        }
        const made = await markers.set(id, { atWallMs: atMs, name, by: 'api' });
        done(appOf(id), { stream: id.name, marker: made.id });
        return shown(made);
      },
    }),
    operation({
      ...{
        at: 'holder',
        name: 'deleteMarker',
        area: all.area,
        method: 'delete',
        action: 'clips:delete',
        resource: appOf,
      },
      path: '/streams/{domain}/{app}/{stream}/markers/{id}',
      summary: 'Removes a marker',
      params: streamNames.extend({ id: z.string().min(1).max(64) }),
      run: async ({ params, done }) => {
        const id = ownerOf(streamOf(params));
        const found = (await markers.between(id, 0, Number.MAX_SAFE_INTEGER)).find((each) => each.id === params.id);
        if (found === undefined || !(await markers.remove(id, found))) {
          throw notFound('MARKER_NOT_FOUND', 'there is no such marker', 'List the markers of the stream.');
        }
        done(appOf(id), { stream: id.name, marker: found.id });
      },
    }),
  ];
}

const keyOf = ({ atMs, id }: Pick<z.output<typeof marker>, 'atMs' | 'id'>) => `${sortableMs(atMs)} ${id}`;

function shown({ id, name, by, atWallMs }: Marker): z.input<typeof marker> {
  return { id, name, by, at: isoOf(atWallMs), atMs: atWallMs };
}
