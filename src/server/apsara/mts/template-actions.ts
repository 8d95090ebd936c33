import { z } from 'zod';
import {
  type ActionCall,
  action,
  type Body,
  commaList,
  everyPage,
  integer,
  isNotFound,
  jsonObject,
  orNotFound,
  paged,
  type ServedAction,
  text,
  utcText,
} from '../base/index.ts';

/** A template as REST has it; its body is in MPS's own form. */
export type StoredTemplate = {
  readonly id: string;
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly isPreset: boolean;
  readonly createdAt?: string;
};

const PARTS = ['Container', 'Video', 'Audio', 'TransConfig', 'MuxConfig'] as const;
const part = jsonObject(z.record(z.string(), z.unknown()));
const parts = {
  ...{ Container: part, Video: part.optional(), Audio: part.optional() },
  ...{ TransConfig: part.optional(), MuxConfig: part.optional() },
};
const pages = { PageNumber: integer.optional(), PageSize: integer.optional() };

/** Undefined where there is none. */
export async function templateOf(
  ask: ActionCall['ask'],
  kind: 'transcode' | 'watermark',
  id: string,
): Promise<StoredTemplate | undefined> {
  try {
    return await ask<StoredTemplate>('getMediaTemplate', { params: { kind, id } });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Templates: how files are encoded. */
export const templateActions: readonly ServedAction[] = [
  action({
    name: 'AddTemplate',
    summary: 'Adds a template',
    differs:
      'a field that FFmpeg here cannot do is refused by its name; Video, Audio, TransConfig and MuxConfig may be left out',
    input: z.object({ Name: text, ...parts }),
    run: async ({ input: { Name: name, ...given }, ask }) => {
      const body = bodyOf(given);
      return {
        Template: shown(await ask('createMediaTemplate', { params: { kind: 'transcode' }, body: { name, body } })),
      };
    },
  }),
  action({
    name: 'UpdateTemplate',
    summary: 'Changes a template; parts that are left out stay',
    input: z.object({ TemplateId: text, Name: text, ...parts, Container: part.optional() }),
    run: async ({ input: { TemplateId: id, Name: name, ...given }, ask }) => {
      const params = { kind: 'transcode', id };
      const now = await orNotFound(ask<StoredTemplate>('getMediaTemplate', { params }), 'TemplateNotFound', 'template');
      const body = { name, body: { ...now.body, ...bodyOf(given) } };
      return { Template: shown(await ask<StoredTemplate>('updateMediaTemplate', { params, body })) };
    },
  }),
  action({
    name: 'DeleteTemplate',
    summary: 'Deletes a template; jobs made with it go on',
    differs: 'it is gone at once, without the state Deleted',
    input: z.object({ TemplateId: text }),
    run: async ({ input: { TemplateId }, ask }) => {
      const gone = ask('deleteMediaTemplate', { params: { kind: 'transcode', id: TemplateId } });
      await orNotFound(gone, 'TemplateNotFound', 'template');
      return { TemplateId };
    },
  }),
  action({
    name: 'SearchTemplate',
    summary: 'Lists templates of your own, by pages',
    input: z.object({ State: text.optional(), NamePrefix: text.optional(), ...pages }),
    run: async ({ input: { State = 'All', NamePrefix = '', PageNumber = 1, PageSize = 10 }, ask }) => {
      const all = (await ownTemplates(ask, 'transcode')).filter(({ name }) => name.startsWith(NamePrefix));
      const wanted = State === 'Deleted' ? [] : all;
      const Template = paged(wanted, PageNumber, PageSize).items.map((each) => ({ ...shown(each), ...timeOf(each) }));
      return { TemplateList: { Template }, TotalCount: wanted.length, PageNumber, PageSize };
    },
  }),
  action({
    name: 'QueryTemplateList',
    summary: 'Templates and presets by their ids',
    input: z.object({ TemplateIds: commaList }),
    run: async ({ input: { TemplateIds }, ask }) => {
      const found = await Promise.all(TemplateIds.map((id) => templateOf(ask, 'transcode', id)));
      const Template = found.flatMap((each) => (each ? [{ ...shown(each), ...timeOf(each) }] : []));
      const missing = TemplateIds.filter((_, index) => found[index] === undefined);
      return { TemplateList: { Template }, NonExistTids: { String: missing } };
    },
  }),
];

const watermarkConfig = z.object({ Config: jsonObject(z.record(z.string(), z.unknown())), Name: text });

/** Watermark templates: where images go. */
export const watermarkTemplateActions: readonly ServedAction[] = [
  action({
    name: 'AddWaterMarkTemplate',
    summary: 'Adds a template of where a watermark goes',
    input: watermarkConfig,
    run: async ({ input: { Name: name, Config: body }, ask }) => {
      const params = { kind: 'watermark' };
      const added = await ask<StoredTemplate>('createMediaTemplate', { params, body: { name, body } });
      return { WaterMarkTemplate: shownMark(added) };
    },
  }),
  action({
    name: 'UpdateWaterMarkTemplate',
    summary: 'Changes a watermark template',
    input: watermarkConfig.extend({ WaterMarkTemplateId: text }),
    run: async ({ input: { WaterMarkTemplateId: id, Name: name, Config: body }, ask }) => {
      const changed = ask<StoredTemplate>('updateMediaTemplate', {
        params: { kind: 'watermark', id },
        body: { name, body },
      });
      return { WaterMarkTemplate: shownMark(await orNotFound(changed, 'WaterMarkTemplateNotFound', 'template')) };
    },
  }),
  action({
    name: 'DeleteWaterMarkTemplate',
    summary: 'Deletes a watermark template',
    input: z.object({ WaterMarkTemplateId: text }),
    run: async ({ input: { WaterMarkTemplateId: id }, ask }) => {
      const gone = ask('deleteMediaTemplate', { params: { kind: 'watermark', id } });
      await orNotFound(gone, 'WaterMarkTemplateNotFound', 'template');
      return { WaterMarkTemplateId: id };
    },
  }),
  action({
    name: 'SearchWaterMarkTemplate',
    summary: 'Lists watermark templates, by pages',
    input: z.object({ State: text.optional(), ...pages }),
    run: async ({ input: { State = 'All', PageNumber = 1, PageSize = 10 }, ask }) => {
      const all = State === 'Deleted' ? [] : await ownTemplates(ask, 'watermark');
      const WaterMarkTemplate = paged(all, PageNumber, PageSize).items.map(shownMark);
      return { WaterMarkTemplateList: { WaterMarkTemplate }, TotalCount: all.length, PageNumber, PageSize };
    },
  }),
  action({
    name: 'QueryWaterMarkTemplateList',
    summary: 'Watermark templates by their ids',
    input: z.object({ WaterMarkTemplateIds: commaList }),
    run: async ({ input: { WaterMarkTemplateIds: ids }, ask }) => {
      const found = await Promise.all(ids.map((id) => templateOf(ask, 'watermark', id)));
      return {
        WaterMarkTemplateList: { WaterMarkTemplate: found.flatMap((each) => (each ? [shownMark(each)] : [])) },
        NonExistWids: { String: ids.filter((_, index) => found[index] === undefined) },
      };
    },
  }),
];

async function ownTemplates(ask: ActionCall['ask'], kind: 'transcode' | 'watermark'): Promise<StoredTemplate[]> {
  const all = await everyPage<StoredTemplate>(ask, 'listMediaTemplates', 'templates', {}, { kind });
  return all.filter(({ isPreset }) => !isPreset);
}

function bodyOf(given: Readonly<Record<string, unknown>>): Body {
  return Object.fromEntries(PARTS.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));
}

function shown({ id, name, body }: StoredTemplate): Body {
  return { Id: id, Name: name, State: 'Normal', ...texts(body) };
}

function shownMark({ id, name, body }: StoredTemplate): Body {
  const fields = ['Width', 'Height', 'Dx', 'Dy', 'ReferPos', 'Type', 'Timeline', 'RatioRefer'];
  const known = Object.fromEntries(
    fields.flatMap((field) => (body[field] === undefined ? [] : [[field, body[field]]])),
  );
  return { Id: id, Name: name, State: 'Normal', ...texts(known) };
}

function timeOf({ createdAt }: StoredTemplate): Body {
  return createdAt === undefined ? {} : { CreationTime: utcText(Date.parse(createdAt)) };
}

/** All values of a template are texts. */
export function texts(value: Readonly<Record<string, unknown>>): Body {
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      typeof each === 'object' && each !== null ? texts(each as Record<string, unknown>) : String(each),
    ]),
  );
}
