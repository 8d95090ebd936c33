import { z } from 'zod';
import {
  type ActionCall,
  action,
  type Body,
  DONE,
  everyPage,
  orNotFound,
  type ServedAction,
  text,
} from '../base/index.ts';
import { timeText } from './stored-asset.ts';

type Watermark = {
  readonly id: string;
  readonly name: string;
  readonly body: { readonly Type?: string; readonly FileUrl?: string; readonly WatermarkConfig?: unknown };
  readonly isDefault: boolean;
  readonly createdAt?: string;
};

const KIND = { kind: 'asset-watermark' } as const;
const NOT_FOUND = ['NoSuchResource', 'watermark'] as const;
const id = z.object({ WatermarkId: text });

/** Watermarks with their image or text, which groups of templates draw. */
export const watermarkActions: readonly ServedAction[] = [
  action({
    name: 'AddWatermark',
    summary: 'Adds a watermark: an image or a text, and where it goes',
    differs:
      'FileUrl is storage/object, the address of a bucket, or any address; it is read when an asset is processed',
    input: z.object({
      ...{ Name: text.max(128), Type: text, FileUrl: text.optional(), WatermarkConfig: text, AppId: text.optional() },
    }),
    run: async ({ input: { Name: name, Type, FileUrl, WatermarkConfig }, ask }) => {
      const body = { Type, ...(FileUrl !== undefined && { FileUrl }), WatermarkConfig };
      const added = await ask<Watermark>('createMediaTemplate', { params: KIND, body: { name, body } });
      return { WatermarkInfo: shown(added) };
    },
  }),
  action({
    name: 'UpdateWatermark',
    summary: 'Changes where a watermark goes, or its name; its image stays',
    input: z.object({ WatermarkId: text, Name: text.max(128).optional(), WatermarkConfig: text }),
    run: async ({ input: { WatermarkId, Name: name, WatermarkConfig }, ask }) => {
      const { body } = await watermarkOf(ask, WatermarkId);
      const changes = { ...(name !== undefined && { name }), body: { ...body, WatermarkConfig } };
      const params = { ...KIND, id: WatermarkId };
      return { WatermarkInfo: shown(await ask<Watermark>('updateMediaTemplate', { params, body: changes })) };
    },
  }),
  action({
    name: 'GetWatermark',
    summary: 'A watermark',
    input: id,
    run: async ({ input: { WatermarkId }, ask }) => ({
      WatermarkInfo: { ...shown(await watermarkOf(ask, WatermarkId)), AppId: 'app-1000000' },
    }),
  }),
  action({
    name: 'ListWatermark',
    summary: 'All watermarks',
    input: z.object({ AppId: text.optional() }),
    run: async ({ ask }) => {
      const all = await everyPage<Watermark>(ask, 'listMediaTemplates', 'templates', {}, KIND);
      return { WatermarkInfos: all.map((each) => ({ ...shown(each), AppId: 'app-1000000' })) };
    },
  }),
  action({
    name: 'DeleteWatermark',
    summary: 'Deletes a watermark; what was made with it stays',
    differs: 'a group that names it cannot be made until it is taken out there, which the trouble of its assets says',
    input: id,
    run: async ({ input: { WatermarkId }, ask }) => {
      await orNotFound(ask('deleteMediaTemplate', { params: { ...KIND, id: WatermarkId } }), ...NOT_FOUND);
      return DONE;
    },
  }),
  action({
    name: 'SetDefaultWatermark',
    summary: 'The watermark that USER_DEFAULT_WATERMARK means in the WatermarkIds of templates',
    input: id,
    run: async ({ input: { WatermarkId }, ask }) => {
      const changed = ask('updateMediaTemplate', { params: { ...KIND, id: WatermarkId }, body: { isDefault: true } });
      await orNotFound(changed, ...NOT_FOUND);
      return DONE;
    },
  }),
];

const watermarkOf = (ask: ActionCall['ask'], watermark: string) =>
  orNotFound(ask<Watermark>('getMediaTemplate', { params: { ...KIND, id: watermark } }), ...NOT_FOUND);

function shown({ id: WatermarkId, name: Name, body, isDefault, createdAt }: Watermark): Body {
  const { Type, FileUrl, WatermarkConfig: config } = body;
  return {
    ...{ WatermarkId, Name, IsDefault: isDefault ? 'Default' : 'NotDefault', Type },
    ...(FileUrl !== undefined && { FileUrl }),
    WatermarkConfig: typeof config === 'string' ? config : JSON.stringify(config),
    ...(createdAt !== undefined && { CreationTime: timeText(createdAt) }),
  };
}
