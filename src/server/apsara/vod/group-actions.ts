import { z } from 'zod';
import {
  type ActionCall,
  action,
  type Body,
  commaList,
  DONE,
  everyPage,
  jsonObject,
  orNotFound,
  type ServedAction,
  text,
} from '../base/index.ts';
import { timeText } from './stored-asset.ts';

type Group = {
  readonly id: string;
  readonly name: string;
  readonly body: { readonly TranscodeTemplateList?: readonly Member[] };
  readonly isDefault: boolean;
  readonly isLocked: boolean;
  readonly createdAt?: string;
  readonly modifiedAt?: string;
};
type Member = Readonly<Record<string, unknown>>;

const KIND = { kind: 'group' } as const;
const NOT_FOUND = ['InvalidTranscodeTemplateGroup.NotFound', 'template group'] as const;
const members = jsonObject(z.array(z.record(z.string(), z.unknown())).min(1).max(20));
/** Sent as objects there, and read as texts. */
const PARTS = ['Audio', 'Clip', 'Container', 'EncryptSetting', 'MuxConfig', 'PackageSetting', 'TransConfig', 'Video'];
const DIFFERS =
  'EncryptSetting makes AES-128 with a key of each processing, whichever EncryptType, and is for m3u8; of SubtitleList one is drawn; a template of Type SubtitlePackage makes captions of all of its own';

/** Groups of templates: what is made of each upload. */
export const groupActions: readonly ServedAction[] = [
  action({
    name: 'AddTranscodeTemplateGroup',
    summary: 'Adds a group of templates, or templates to a group',
    differs: DIFFERS,
    input: z.object({
      ...{ Name: text.optional(), TranscodeTemplateList: members.optional(), AppId: text.optional() },
      TranscodeTemplateGroupId: text.optional(),
    }),
    run: async ({ input: { Name, TranscodeTemplateList: list = [], TranscodeTemplateGroupId: id }, ask }) => {
      if (id !== undefined) {
        const group = await groupOf(ask, id);
        const all = [...(group.body.TranscodeTemplateList ?? []), ...withIds(list)];
        await ask('updateMediaTemplate', { params: { ...KIND, id }, body: { body: { TranscodeTemplateList: all } } });
        return { TranscodeTemplateGroupId: id };
      }
      const body = { name: Name ?? 'group', body: { TranscodeTemplateList: withIds(list) } };
      const added = await ask<Group>('createMediaTemplate', { params: KIND, body });
      return { TranscodeTemplateGroupId: added.id };
    },
  }),
  action({
    name: 'UpdateTranscodeTemplateGroup',
    summary: 'Changes a group of templates: those with an id it has take their place, others are added',
    differs: DIFFERS,
    input: z.object({
      ...{ TranscodeTemplateGroupId: text, Name: text.optional(), TranscodeTemplateList: members.optional() },
      Locked: z.enum(['Enabled', 'Disabled'], { error: 'it must be Enabled or Disabled' }).optional(),
    }),
    run: async ({ input: { TranscodeTemplateGroupId: id, Name: name, TranscodeTemplateList: list, Locked }, ask }) => {
      const { body } = await groupOf(ask, id);
      const changes = {
        ...(name !== undefined && { name }),
        ...(list && { body: { TranscodeTemplateList: replaced(body.TranscodeTemplateList ?? [], list) } }),
        ...(Locked !== undefined && { isLocked: Locked === 'Enabled' }),
      };
      await ask('updateMediaTemplate', { params: { ...KIND, id }, body: changes });
      return { TranscodeTemplateGroupId: id };
    },
  }),
  action({
    name: 'GetTranscodeTemplateGroup',
    summary: 'A group with its templates',
    input: z.object({ TranscodeTemplateGroupId: text }),
    run: async ({ input: { TranscodeTemplateGroupId: id }, ask }) => {
      const group = await groupOf(ask, id);
      const TranscodeTemplateList = (group.body.TranscodeTemplateList ?? []).map(shownMember);
      return { TranscodeTemplateGroup: { ...shown(group), TranscodeTemplateList } };
    },
  }),
  action({
    name: 'ListTranscodeTemplateGroup',
    summary: 'All groups of templates',
    input: z.object({ AppId: text.optional() }),
    run: async ({ ask }) => {
      const all = await everyPage<Group>(ask, 'listMediaTemplates', 'templates', {}, KIND);
      return { TranscodeTemplateGroupList: all.map(shown) };
    },
  }),
  action({
    name: 'DeleteTranscodeTemplateGroup',
    summary: 'Deletes templates of a group, or the group',
    input: z.object({
      ...{ TranscodeTemplateGroupId: text, TranscodeTemplateIds: commaList.optional(), ForceDelGroup: text.optional() },
    }),
    run: async ({ input: { TranscodeTemplateGroupId: id, TranscodeTemplateIds: ids = [], ForceDelGroup }, ask }) => {
      const { body } = await groupOf(ask, id);
      const list = body.TranscodeTemplateList ?? [];
      const kept = list.filter(({ TranscodeTemplateId }) => !ids.includes(String(TranscodeTemplateId)));
      const isGone = ForceDelGroup === 'true' || ForceDelGroup === 'Enabled' || kept.length === 0;
      if (isGone) await ask('deleteMediaTemplate', { params: { ...KIND, id } });
      else
        await ask('updateMediaTemplate', { params: { ...KIND, id }, body: { body: { TranscodeTemplateList: kept } } });
      const there = list.map(({ TranscodeTemplateId }) => TranscodeTemplateId);
      return { NonExistTranscodeTemplateIds: ids.filter((each) => !there.includes(each)) };
    },
  }),
  action({
    name: 'SetDefaultTranscodeTemplateGroup',
    summary: 'The group for assets that name none',
    input: z.object({ TranscodeTemplateGroupId: text }),
    run: async ({ input: { TranscodeTemplateGroupId: id }, ask }) => {
      const body = { isDefault: true };
      await orNotFound(ask('updateMediaTemplate', { params: { ...KIND, id }, body }), ...NOT_FOUND);
      return DONE;
    },
  }),
];

const groupOf = (ask: ActionCall['ask'], id: string) =>
  orNotFound(ask<Group>('getMediaTemplate', { params: { ...KIND, id } }), ...NOT_FOUND);

function withIds(list: readonly Member[]): Member[] {
  return list.map((each) => ({ TranscodeTemplateId: crypto.randomUUID().replaceAll('-', ''), ...each }));
}

function replaced(now: readonly Member[], given: readonly Member[]): Member[] {
  const idOf = (member: Member) => member.TranscodeTemplateId;
  const kept = now.map(
    (each) => given.find((other) => idOf(other) !== undefined && idOf(other) === idOf(each)) ?? each,
  );
  return [...kept, ...withIds(given.filter((each) => !kept.includes(each)))];
}

function shown({ id, name, isDefault, isLocked, createdAt, modifiedAt }: Group): Body {
  return {
    ...{ TranscodeTemplateGroupId: id, Name: name, AppId: 'app-1000000' },
    ...{ IsDefault: isDefault ? 'Default' : 'NotDefault', Locked: isLocked ? 'Enabled' : 'Disabled' },
    ...(createdAt !== undefined && { CreationTime: timeText(createdAt) }),
    ...(modifiedAt !== undefined && { ModifyTime: timeText(modifiedAt) }),
  };
}

function shownMember(member: Member): Body {
  const entries = Object.entries(member).map(([name, value]) => {
    if (name === 'WatermarkIds') return [name, value] as const;
    const isPart = PARTS.includes(name) && typeof value !== 'string';
    return [name, isPart ? JSON.stringify(value) : String(value)] as const;
  });
  return Object.fromEntries(entries);
}
