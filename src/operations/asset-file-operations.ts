import { z } from 'zod';
import { parseAssetPictures, type TemplateShelf } from '../mps/index.ts';
import { LibraryError, removeFile } from '../vod/index.ts';
import type { WantedPictures } from '../vod/processing/index.ts';
import { assetFor } from './asset-access.ts';
import { type AssetDoor, assetId } from './asset-operations.ts';
import { assetSchema, shownAsset } from './asset-schema.ts';
import { notFound, type Operation, operation } from './base/index.ts';

export type AssetFileDoor = Pick<AssetDoor, 'library' | 'categories' | 'processing' | 'storages'> & {
  readonly templates: TemplateShelf;
};

const side = z.int().min(8).max(4096);
const size = { width: side.exactOptional(), height: side.exactOptional() };
const count = z.int().min(1).max(100);
const seconds = z.number().min(0).max(1_000_000);
const snapshots = z.strictObject({
  kind: z.literal('snapshots'),
  times: z.array(seconds).min(1).max(30).exactOptional().describe('In seconds; else `count` from `fromSeconds` on'),
  fromSeconds: seconds.default(0),
  count: z.int().min(1).max(2147).default(1),
  intervalSeconds: seconds.default(0).describe('0: evenly over the whole length'),
  ...size,
  sheets: z
    .strictObject({
      ...{ cellWidth: side.exactOptional(), cellHeight: side.exactOptional() },
      ...{ columns: count.exactOptional(), lines: count.exactOptional() },
    })
    .exactOptional()
    .describe('Sheets of small pictures, with their WebVTT'),
});
const animation = z.strictObject({
  kind: z.literal('animation'),
  format: z.enum(['gif', 'webp']).default('gif'),
  fps: z.number().min(1).max(60).exactOptional(),
  ...size,
  seekSeconds: seconds.default(0),
  durationSeconds: z.number().min(0.1).max(60).default(5),
});
const asked = z.strictObject({
  template: z.string().max(64).optional().describe('The id of a template of kind asset-pictures'),
  pictures: z.discriminatedUnion('kind', [snapshots, animation]).optional(),
  userData: z.string().max(1024).optional(),
});

/** Files of assets: more pictures of them, and fewer files. */
export function assetFileOperations(door: AssetFileDoor): readonly Operation[] {
  const { library, processing, storages, templates } = door;
  return [
    operation({
      ...{ name: 'findAssetByObject', method: 'get', action: 'assets:read', area: 'Library', path: '/asset-objects' },
      query: z.strictObject({ storage: z.string().min(1).max(64), object: z.string().min(1).max(1023) }),
      summary: 'The asset that an object of a storage belongs to',
      answer: assetSchema,
      run: async (call) => {
        const file = await library.findByObject(call.query.storage, call.query.object);
        return shownAsset((await assetFor(door, file?.asset ?? '', call)).asset);
      },
    }),
    operation({
      ...{ name: 'takeAssetPictures', method: 'post', action: 'assets:write', area: 'Library' },
      ...{ path: '/assets/{id}/pictures', params: assetId, body: asked, status: 202 },
      summary: 'Takes pictures of an asset, as a template or the request says: some moments, or one that moves',
      answer: z.strictObject({ job: z.uuid() }),
      run: async (call) => {
        const { asset, resource } = await assetFor(door, call.params.id, call);
        const { template, pictures, userData } = call.body;
        const wanted = template === undefined ? pictures : await templateOf(templates, template);
        const usual: WantedPictures = { kind: 'snapshots', fromSeconds: 0, count: 1, intervalSeconds: 0 };
        const { id } = await processing.takePictures(asset.id, wanted ?? usual, userData);
        call.done(resource, { asset: asset.id, job: id });
        return { job: id };
      },
    }),
    operation({
      ...{ name: 'deleteAssetFile', method: 'delete', action: 'assets:delete', area: 'Library' },
      path: '/assets/{id}/files/{file}',
      params: assetId.extend({ file: z.string().min(1).max(64) }),
      query: z.strictObject({
        force: z.enum(['true', 'false']).default('false').describe('Also the original where nothing else plays'),
      }),
      summary: 'Deletes one file of an asset with its objects',
      run: async (call) => {
        const { asset, resource } = await assetFor(door, call.params.id, call);
        const file = (await library.files(asset.id)).find(({ id }) => id === call.params.file) ?? unknownFile();
        const isForced = call.query.force === 'true';
        await removeFile({ library, storages }, asset, file, { isForced, signal: call.signal });
        call.done(resource, { asset: asset.id, storage: file.storage, object: file.object });
      },
    }),
  ];
}

async function templateOf(templates: TemplateShelf, id: string): Promise<WantedPictures> {
  const found = await templates.find('asset-pictures', id);
  if (found) return parseAssetPictures(found.body);
  throw notFound('TEMPLATE_UNKNOWN', 'there is no such template', 'List the templates of kind asset-pictures.');
}

function unknownFile(): never {
  throw new LibraryError('ASSET_FILE_UNKNOWN', 'the asset has no such file', 'List its files.');
}
