import { z } from 'zod';
import { MediaError } from '../../../ffmpeg/index.ts';
import { Fields } from '../../../media/index.ts';
import { snapshotsOf } from '../../../mps/index.ts';
import {
  type ActionCall,
  ApsaraError,
  action,
  type Body,
  commaList,
  DONE,
  everyPage,
  integer,
  invalidParameter,
  listOf,
  orNotFound,
  paged,
  type ServedAction,
  text,
} from '../base/index.ts';
import { addressesOf, filesOf, namedAsset, orIllegalStatus, timeText, vodId } from './stored-asset.ts';

type Template = {
  readonly id: string;
  readonly name: string;
  readonly body: { readonly TemplateType?: string; readonly TemplateConfig?: unknown };
  readonly isDefault: boolean;
  readonly createdAt?: string;
  readonly modifiedAt?: string;
};

const KIND = { kind: 'asset-pictures' } as const;
const NOT_FOUND = ['NoSuchResource', 'template'] as const;
const id = z.object({ VodTemplateId: text });

/** Templates of which pictures are taken. */
export const vodTemplateActions: readonly ServedAction[] = [
  action({
    name: 'AddVodTemplate',
    summary: 'Adds a template of which snapshots are taken, or of a moving picture',
    differs: 'of TemplateType Snapshot and DynamicImage; Padding, Margin and Color of sheets are not used',
    input: z.object({ Name: text.max(128), TemplateType: text, TemplateConfig: text, AppId: text.optional() }),
    run: async ({ input: { Name: name, TemplateType, TemplateConfig }, ask }) => {
      const body = { name, body: { TemplateType, TemplateConfig } };
      return { VodTemplateId: (await ask<Template>('createMediaTemplate', { params: KIND, body })).id };
    },
  }),
  action({
    name: 'UpdateVodTemplate',
    summary: 'Changes a template of pictures',
    input: id.extend({ Name: text.max(128).optional(), TemplateConfig: text.optional() }),
    run: async ({ input: { VodTemplateId, Name: name, TemplateConfig }, ask }) => {
      const { body } = await templateOf(ask, VodTemplateId);
      const changes = {
        ...(name !== undefined && { name }),
        ...(TemplateConfig !== undefined && { body: { ...body, TemplateConfig } }),
      };
      await ask('updateMediaTemplate', { params: { ...KIND, id: VodTemplateId }, body: changes });
      return { VodTemplateId };
    },
  }),
  action({
    name: 'GetVodTemplate',
    summary: 'A template of pictures',
    input: id,
    run: async ({ input: { VodTemplateId }, ask }) => ({
      VodTemplateInfo: shownTemplate(await templateOf(ask, VodTemplateId)),
    }),
  }),
  action({
    name: 'ListVodTemplate',
    summary: 'All templates of pictures of a type',
    input: z.object({ TemplateType: text, AppId: text.optional() }),
    run: async ({ input: { TemplateType }, ask }) => {
      const all = await everyPage<Template>(ask, 'listMediaTemplates', 'templates', {}, KIND);
      const wanted = all.filter(({ body }) => body.TemplateType?.toLowerCase() === TemplateType.toLowerCase());
      return { VodTemplateInfoList: wanted.map((each) => ({ ...shownTemplate(each), AppId: 'app-1000000' })) };
    },
  }),
  action({
    name: 'DeleteVodTemplate',
    summary: 'Deletes a template of pictures',
    input: id,
    run: async ({ input: { VodTemplateId }, ask }) => {
      await orNotFound(ask('deleteMediaTemplate', { params: { ...KIND, id: VodTemplateId } }), ...NOT_FOUND);
      return { VodTemplateId };
    },
  }),
];

const ROLES: Readonly<Record<string, string>> = {
  ...{ CoverSnapshot: 'cover', NormalSnapshot: 'snapshot', SpriteSnapshot: 'sprite', WebVttSnapshot: 'vtt' },
  SpriteOriginSnapshot: 'none',
};

/** Pictures of videos: taken, listed, deleted. */
export const pictureActions: readonly ServedAction[] = [
  action({
    name: 'SubmitSnapshotJob',
    summary: 'Takes pictures of a video, and sheets of small ones',
    differs: 'WebVTT comes with sheets; Padding and Margin of sheets are not used',
    input: z.object({
      ...{ VideoId: text.optional(), ReferenceId: text.optional(), SnapshotTemplateId: text.optional() },
      ...{ Count: integer.optional(), Interval: integer.optional(), Width: text.optional(), Height: text.optional() },
      ...{ SpecifiedOffsetTime: integer.optional(), SpecifiedOffsetTimes: listOf(text).optional() },
      ...{ SpriteSnapshotConfig: text.optional(), UserData: text.max(1024).optional() },
    }),
    run: async ({
      input: { VideoId, ReferenceId, SnapshotTemplateId: template, UserData: userData, ...given },
      ask,
    }) => {
      const asset = await namedAsset(ask, { VideoId, ReferenceId });
      if (template !== undefined) await templateOf(ask, template);
      const body = {
        ...(template === undefined ? { pictures: checked(given) } : { template }),
        ...(userData !== undefined && { userData }),
      };
      return { SnapshotJob: { JobId: await submitted(ask, asset.id, body) } };
    },
  }),
  action({
    name: 'ListSnapshots',
    summary: 'The pictures of a video of a kind, those taken last',
    differs: 'cells of sheets are not kept one by one, so there is nothing of SpriteOriginSnapshot',
    input: z.object({
      ...{ VideoId: text, SnapshotType: text.optional(), AuthTimeout: text.optional() },
      ...{ PageNo: text.optional(), PageSize: text.optional() },
    }),
    run: async ({ input, ask }) => {
      const { VideoId, SnapshotType = 'CoverSnapshot', PageNo = '1', PageSize = '20', AuthTimeout } = input;
      const role = ROLES[SnapshotType];
      if (role === undefined)
        throw invalidParameter('SnapshotType', `it must be one of ${Object.keys(ROLES).join(', ')}`);
      const asset = await namedAsset(ask, { VideoId });
      const all = await addressesOf(ask, asset, { role, timeout: AuthTimeout });
      const last = all.at(-1);
      const latest = all.filter(({ job }) => job === last?.job);
      const { items } = paged(latest, Number(PageNo) || 1, Math.min(100, Number(PageSize) || 20));
      const first = ((Number(PageNo) || 1) - 1) * Math.min(100, Number(PageSize) || 20);
      return {
        MediaSnapshot: {
          ...{
            Total: latest.length,
            Snapshots: { Snapshot: items.map(({ url }, at) => ({ Index: first + at + 1, Url: url })) },
          },
          ...(last && { CreationTime: timeText(last.createdAt) }),
          ...(last?.job !== undefined && { JobId: vodId(last.job) }),
        },
      };
    },
  }),
  action({
    name: 'SubmitDynamicImageJob',
    summary: 'Makes a moving picture of a video, by a template',
    differs: 'OverrideParams are refused',
    input: z.object({ VideoId: text, DynamicImageTemplateId: text, OverrideParams: text.optional() }),
    run: async ({ input: { VideoId, DynamicImageTemplateId: template, OverrideParams }, ask }) => {
      if (OverrideParams !== undefined) throw invalidParameter('OverrideParams', 'it is not done here');
      const asset = await namedAsset(ask, { VideoId });
      await templateOf(ask, template);
      return { DynamicImageJob: { JobId: await submitted(ask, asset.id, { template }) } };
    },
  }),
  action({
    name: 'ListDynamicImage',
    summary: 'The moving pictures of a video',
    input: z.object({ VideoId: text }),
    run: async ({ input, ask }) => {
      const asset = await namedAsset(ask, input);
      const [all, files] = await Promise.all([addressesOf(ask, asset, { role: 'animation' }), filesOf(ask, asset)]);
      return {
        DynamicImageList: all.map(({ file, job = '', url, format, sizeBytes, createdAt }) => {
          const { durationSeconds, fps, width, height } = files.find((each) => each.id === file) ?? {};
          return {
            ...{ VideoId: asset.id, DynamicImageId: file, JobId: vodId(job), FileURL: url, Format: format },
            ...{ FileSize: String(sizeBytes), CreationTime: timeText(createdAt) },
            ...(durationSeconds !== undefined && { Duration: String(durationSeconds) }),
            ...(fps !== undefined && { Fps: String(fps) }),
            ...(width !== undefined && { Width: String(width) }),
            ...(height !== undefined && { Height: String(height) }),
          };
        }),
      };
    },
  }),
  action({
    name: 'DeleteDynamicImage',
    summary: 'Deletes moving pictures of a video, those named or all',
    input: z.object({ VideoId: text, DynamicImageIds: commaList.optional() }),
    run: async ({ input: { VideoId, DynamicImageIds: ids }, ask }) => {
      const asset = await namedAsset(ask, { VideoId });
      const moving = (await filesOf(ask, asset)).filter(({ role }) => role === 'animation');
      for (const { id: file } of moving.filter((each) => ids?.includes(each.id) ?? true)) {
        await ask('deleteAssetFile', { params: { id: asset.id, file } });
      }
      return DONE;
    },
  }),
];

const templateOf = (ask: ActionCall['ask'], template: string) =>
  orNotFound(ask<Template>('getMediaTemplate', { params: { ...KIND, id: template } }), ...NOT_FOUND);

async function submitted(ask: ActionCall['ask'], asset: string, body: object): Promise<string> {
  const taking = ask<{ job: string }>('takeAssetPictures', { params: { id: asset }, body });
  return vodId((await orIllegalStatus(taking)).job);
}

function checked(given: Readonly<Record<string, unknown>>) {
  try {
    return snapshotsOf(new Fields('', given));
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    throw new ApsaraError(400, 'InvalidParameter', `${error.message}. ${error.remedy}`);
  }
}

function shownTemplate({ id: VodTemplateId, name: Name, body, isDefault, createdAt, modifiedAt }: Template): Body {
  const { TemplateType, TemplateConfig: config } = body;
  return {
    ...{ VodTemplateId, Name, TemplateType, IsDefault: isDefault ? 'Default' : 'NotDefault' },
    TemplateConfig: typeof config === 'string' ? config : JSON.stringify(config),
    ...(createdAt !== undefined && { CreationTime: timeText(createdAt) }),
    ...(modifiedAt !== undefined && { ModifyTime: timeText(modifiedAt) }),
  };
}
