import { z } from 'zod';
import type { StreamId } from '../live/index.ts';
import type { StoredPicture } from '../snapshot/index.ts';
import { nextCursor, notFound, type Operation, OperationError, operation, pageOf, pageQuery } from './base/index.ts';
import { onePage } from './gather.ts';
import { appOf } from './resources.ts';
import { isoOf, silentNodes, sortableMs, streamNames, streamOf, time } from './schemas.ts';

/** What the operations on stored pictures need; both may fail with the storage. */
export type SnapshotDoor = {
  readonly list: (
    id: StreamId,
    range: { readonly fromMs: number; readonly toMs: number },
    signal: AbortSignal,
  ) => Promise<readonly StoredPicture[]>;
  /** Those of one second of Unix time; says how many there were. */
  readonly delete: (id: StreamId, second: number) => Promise<number>;
};

const LONGEST_MS = 86_400_000;

const snapshot = z
  .strictObject({
    storage: z.string(),
    object: z.string(),
    takenAt: time.describe('To the second, where the name says it; else when it was stored'),
    sizeBytes: z.int(),
    overwrites: z.boolean().describe('Each picture takes the place of the last'),
  })
  .meta({ id: 'Snapshot' });

/** Pictures that are kept in storages. */
export function snapshotOperations(door: SnapshotDoor): readonly Operation[] {
  const at = { area: 'Snapshots', resource: appOf } as const;
  return [
    operation({
      ...{ name: 'listSnapshots', method: 'get', action: 'recordings:read', ...at },
      path: '/streams/{domain}/{app}/{stream}/snapshots',
      summary: 'The pictures of a stream that are kept, of a time of one day at most',
      description: 'They are looked for in the storage, under the names that the rules of now give.',
      params: streamNames,
      query: z.strictObject({
        ...pageQuery().shape,
        from: time,
        to: time,
        order: z.enum(['oldest', 'newest']).default('oldest').describe('Which come first'),
      }),
      answer: z.strictObject({ snapshots: z.array(snapshot), nextCursor, silentNodes }),
      gather: (said, query) => onePage('snapshots', keyOf, { order: orderOf(query), merge: (own) => own })(said, query),
      run: async ({ params, query, signal }) => {
        const range = { fromMs: Date.parse(query.from), toMs: Date.parse(query.to) };
        const lengthMs = range.toMs - range.fromMs;
        if (lengthMs <= 0 || lengthMs > LONGEST_MS) {
          const remedy = 'Ask for a time that ends after it begins, and for one day at most.';
          throw new OperationError(400, 'SNAPSHOT_RANGE', 'no such time can be looked through', remedy);
        }
        const all = (await door.list(streamOf(params), range, signal)).map(shown);
        const { items, ...rest } = pageOf(all, query, keyOf, orderOf(query));
        return { snapshots: items, ...rest };
      },
    }),
    operation({
      ...{ at: 'holder', name: 'deleteSnapshot', method: 'delete', action: 'recordings:delete', ...at },
      path: '/streams/{domain}/{app}/{stream}/snapshots/{second}',
      summary: 'Deletes the picture of a stream that was taken in a second of Unix time',
      params: streamNames.extend({ second: z.coerce.number().int().min(0).max(1e11) }),
      run: async ({ params, done }) => {
        const count = await door.delete(streamOf(params), params.second);
        if (count === 0) throw notFound('SNAPSHOT_NOT_FOUND', 'no picture is of that second', 'List the pictures.');
        done(appOf(params), { stream: params.stream, snapshot: params.second, objects: count });
      },
    }),
  ];
}

const shown = ({ takenAtMs, ...each }: StoredPicture) => ({ ...each, takenAt: isoOf(takenAtMs) });

/** One storage that several nodes look into gives each picture once. */
const keyOf = ({ takenAt, object }: Pick<z.output<typeof snapshot>, 'takenAt' | 'object'>) =>
  `${sortableMs(Date.parse(takenAt))} ${object}`;

const orderOf = ({ order }: { readonly order?: unknown }) => (order === 'newest' ? 'descending' : 'ascending');
