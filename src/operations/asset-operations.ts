import { basename } from 'node:path';
import { z } from 'zod';
import type { Storages } from '../storage/index.ts';
import type { AssetCondition } from '../store/index.ts';
import {
  type Categories,
  type Library,
  LibraryError,
  matchCondition,
  type ReviewLinks,
  type Trash,
  tagCondition,
  textCondition,
} from '../vod/index.ts';
import type { Processing } from '../vod/processing/index.ts';
import { assetFor, categoryOf, visibleTo } from './asset-access.ts';
import {
  assetFileSchema,
  assetKind,
  assetSchema,
  assetStatus,
  described,
  publication,
  shownAsset,
  shownFile,
} from './asset-schema.ts';
import { cursorOf, keyOfCursor, nextCursor, type Operation, operation, pageQuery } from './base/index.ts';
import { line, time } from './schemas.ts';

/** What the operations on assets need. */
export type AssetDoor = {
  readonly library: Library;
  readonly categories: Categories;
  readonly links: ReviewLinks;
  readonly processing: Processing;
  readonly trash: Trash;
  readonly storages: Storages;
  /** The group of templates where an asset has none. */
  readonly usualGroup: string;
  /** The page that plays an asset. */
  readonly pageOf: (asset: string) => string;
};

const ORDERS = {
  createdAt: 'createdAt',
  modifiedAt: 'modifiedAt',
  size: 'sizeBytes',
  duration: 'durationSeconds',
} as const;

const filter = pageQuery(200, 50).extend({
  text: line(200).optional().describe('Words, each the beginning of one in title, tags or description'),
  match: z.string().max(4096).optional().describe("A match expression: `Title = 'final' and Size = [1000,)`"),
  tag: line(64).optional().describe('The whole tag'),
  category: z.coerce.number().int().positive().optional().describe('With those below it'),
  ...{ kind: assetKind.optional(), status: assetStatus.optional(), publication: publication.optional() },
  storage: z.string().max(64).optional(),
  from: time.optional().describe('Created at or after'),
  to: time.optional().describe('Created before'),
  trashed: z.enum(['true', 'false']).default('false').describe('Those in the trash instead'),
  sort: z.enum(['createdAt', 'modifiedAt', 'size', 'duration']).default('createdAt'),
  order: z.enum(['descending', 'ascending']).default('descending'),
  page: z.coerce.number().int().min(1).max(100).optional().describe('By number instead of by cursor'),
  total: z.enum(['true', 'false']).default('false').describe('Whether to count them all, which takes longer'),
});
const place = z.strictObject({ value: z.string(), id: z.string() });
export const assetId = z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/, { error: 'must be 32 digits' }) });
const optional = z.strictObject(described).partial();
const newAsset = optional.extend({
  kind: assetKind.default('video'),
  storage: z.string().min(1).max(64),
  object: z.string().min(1).max(1023).describe('What is to be the original; it stays where it is'),
  publication: publication.optional(),
});
const changes = z
  .strictObject({
    ...{ title: described.title, description: described.description, tags: described.tags, publication },
    ...Object.fromEntries(
      (['category', 'coverUrl', 'userData', 'referenceId', 'templateGroup', 'workflow', 'chapters'] as const).map(
        (name) => [name, described[name].nullable()],
      ),
    ),
  })
  .partial();

/** Assets: search, look at, register, change, trash. */
export function assetOperations(door: AssetDoor): readonly Operation[] {
  const { library, categories, storages } = door;
  const all = { area: 'Library', path: '/assets' } as const;
  const one = { area: 'Library', path: '/assets/{id}', params: assetId } as const;
  return [
    operation({
      ...{ name: 'listAssets', method: 'get', action: 'assets:read', ...all },
      summary: 'Searches the library, the newest first',
      query: filter,
      answer: z.strictObject({ assets: z.array(assetSchema), total: z.int().exactOptional(), nextCursor }),
      run: async ({ query, permits }) => {
        const condition = await conditionOf(door, query, permits);
        const { limit, cursor, page = 1, sort, order } = query;
        const after = keyOfCursor(cursor, place);
        const listing = { condition, order: { field: ORDERS[sort], isDescending: order === 'descending' } };
        const skip = after ? 0 : (page - 1) * limit;
        const found = await library.list({ ...listing, after, skip, limit });
        const last = found.length === limit ? found.at(-1) : undefined;
        return {
          assets: found.map(({ asset }) => shownAsset(asset)),
          ...(query.total === 'true' ? { total: await library.count(condition) } : {}),
          ...(last ? { nextCursor: cursorOf(last.place) } : {}),
        };
      },
    }),
    operation({
      ...{ name: 'createAsset', method: 'post', action: 'assets:upload', ...all },
      summary: 'Registers an object that is in a storage already',
      description: 'Of an object that is registered already, the asset that has it is the answer.',
      body: newAsset,
      answer: assetSchema,
      status: 201,
      run: async ({ body, caller, require, done }) => {
        const { storage, object, title = basename(object), ...about } = body;
        const resource = await categoryOf(categories, about.category);
        require(resource);
        require({ kind: 'storage', storage, object });
        const info = (await storages.get(storage).head(object)) ?? noObject(storage, object);
        const known = await library.findByObject(storage, object);
        if (known) {
          const asset = await library.get(known.asset);
          require(await categoryOf(categories, asset.category));
          return shownAsset(asset);
        }
        if (about.category !== undefined) await categories.find(about.category);
        const { id } = await library.create({
          ...given(about),
          kind: body.kind,
          title,
          storage,
          uploadedBy: caller.name,
        });
        await library.uploaded(id, { storage, object, sizeBytes: info.sizeBytes, sha256: info.sha256 });
        done(resource, { asset: id, storage, object });
        return shownAsset(await library.get(id));
      },
    }),
    operation({
      ...{ name: 'getAsset', method: 'get', action: 'assets:read', ...one },
      summary: 'One asset',
      answer: assetSchema,
      run: async (call) => shownAsset((await assetFor(door, call.params.id, call)).asset),
    }),
    operation({
      ...{ name: 'updateAsset', method: 'patch', action: 'assets:write', ...one },
      summary: 'Changes what is given; null empties it',
      body: changes,
      answer: assetSchema,
      run: async (call) => {
        const { resource } = await assetFor(door, call.params.id, call);
        const { category } = call.body as { category?: number | null };
        if (typeof category === 'number') {
          call.require(await categoryOf(categories, (await categories.find(category)).id));
        }
        const asset = await library.update(call.params.id, call.body);
        call.done(resource, { asset: asset.id, changed: Object.keys(call.body) });
        return shownAsset(asset);
      },
    }),
    operation({
      ...{ name: 'deleteAsset', method: 'delete', action: 'assets:delete', ...one },
      summary: 'Puts an asset into the trash',
      run: async (call) => {
        const { asset, resource } = await assetFor(door, call.params.id, call);
        await library.trash([asset.id]);
        call.done(resource, { asset: asset.id, title: asset.title });
      },
    }),
    operation({
      ...{ name: 'listAssetFiles', method: 'get', action: 'assets:read', ...one, path: '/assets/{id}/files' },
      summary: 'The original of an asset and what was made of it',
      answer: z.strictObject({ files: z.array(assetFileSchema) }),
      run: async (call) => {
        const { asset } = await assetFor(door, call.params.id, call);
        return { files: (await library.files(asset.id)).map(shownFile) };
      },
    }),
  ];
}

async function conditionOf(
  { categories }: AssetDoor,
  query: z.output<typeof filter>,
  permits: Parameters<typeof visibleTo>[1]['permits'],
): Promise<AssetCondition> {
  const { text, match, tag, category, kind, status, publication: published, storage, from, to } = query;
  const is = (field: 'kind' | 'status' | 'publication' | 'storage', value: string | undefined) =>
    value === undefined ? [] : [{ kind: 'is', field, values: [value] } as const];
  const visible = await visibleTo({ categories }, { permits });
  return {
    kind: 'and',
    of: [
      { kind: 'trashed', is: query.trashed === 'true' },
      ...(visible ? [visible] : []),
      ...(text === undefined ? [] : [textCondition(text)]),
      ...(match === undefined ? [] : [matchCondition(match)]),
      ...(tag === undefined ? [] : [tagCondition(tag)]),
      ...(category === undefined ? [] : [{ kind: 'category', values: await categories.within(category) } as const]),
      ...[...is('kind', kind), ...is('status', status), ...is('publication', published), ...is('storage', storage)],
      ...(from === undefined
        ? []
        : [{ kind: 'range', field: 'createdAt', from: { value: Date.parse(from) } } as const]),
      ...(to === undefined
        ? []
        : [{ kind: 'range', field: 'createdAt', to: { value: Date.parse(to), isOpen: true } } as const]),
    ],
  };
}

function noObject(storage: string, object: string): never {
  const remedy = 'Write its whole name, or upload it.';
  throw new LibraryError('OBJECT_NOT_FOUND', `there is no ${JSON.stringify(object)} in the storage ${storage}`, remedy);
}

/** Leaves out what was not said. */
function given<T extends object>(from: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as never;
}
