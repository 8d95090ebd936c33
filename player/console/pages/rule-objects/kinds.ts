import { fields, text } from '../../answers/answer-fields.ts';
import type { Language } from '../../kit/languages.ts';

/** Objects of the rules that the console lists and edits, each kind at an address of its own. */
export type ObjectKind = {
  /** Of the page and of the API. */
  readonly path: string;
  /** What the API calls its list in answers. */
  readonly many: string;
  /** The operation whose body has the schema. */
  readonly replace: string;
  /** What the rules call the list, for checks. */
  readonly list: string;
  readonly write: string;
  readonly title: Readonly<Record<Language, string>>;
  readonly one: Readonly<Record<Language, string>>;
  readonly hint: Readonly<Record<Language, string>>;
  /** What a new one begins with. */
  readonly start: unknown;
  /** A few words about one in the list. */
  readonly summary: (object: unknown) => string;
};

export const KINDS = {
  domains: {
    path: 'domains',
    many: 'domains',
    replace: 'replaceDomain',
    list: 'domains',
    write: 'rules:write',
    title: { en: 'Domains', zh: '域名' },
    one: { en: 'domain', zh: '域名' },
    hint: {
      en: 'The host names that viewers use, with who may push and who may play. “default” is for every other host.',
      zh: '观众使用的域名，以及谁可以推流、谁可以播放。“default” 用于其他所有主机名。',
    },
    start: { name: '' },
    summary: (object) => {
      const { push, play, ingest } = fields(object);
      const signs = (door: unknown) => text(fields(fields(door).auth).type) ?? 'no_auth';
      const hosts = Array.isArray(ingest) && ingest.length > 0 ? `, ingest ${ingest.join(', ')}` : '';
      return `push ${signs(push)}, play ${signs(play)}${hosts}`;
    },
  },
  streamRules: {
    path: 'stream-rules',
    many: 'streamRules',
    replace: 'replaceStreamRule',
    list: 'streams',
    write: 'rules:write',
    title: { en: 'Stream rules', zh: '流规则' },
    one: { en: 'stream rule', zh: '流规则' },
    hint: {
      en: 'What happens to the streams that match: renditions, recording, snapshots, time shift. For each setting the most specific match counts. A change counts when a stream is next published.',
      zh: '匹配的流如何处理：转码、录制、截图、时移。每一项设置以最具体的匹配为准。修改在下一次推流时生效。',
    },
    start: { match: {} },
    summary: (object) =>
      Object.keys(fields(object))
        .filter((name) => !['id', 'match', 'origin'].includes(name))
        .join(', '),
  },
  templates: {
    path: 'templates',
    many: 'templates',
    replace: 'replaceTemplate',
    list: 'templates',
    write: 'templates:write',
    title: { en: 'Templates', zh: '转码模板' },
    one: { en: 'template', zh: '转码模板' },
    hint: {
      en: 'Your own renditions, beside the built-in lld, lsd, lhd, lud, ld, sd, hd and ud.',
      zh: '除内置的 lld、lsd、lhd、lud、ld、sd、hd、ud 之外的自定义转码模板。',
    },
    start: { name: '' },
    summary: (object) => {
      const { codec, shortSide, bitrateKbps } = fields(fields(object).video);
      return [codec, shortSide && `${shortSide}p`, bitrateKbps && `${bitrateKbps} kb/s`].filter(Boolean).join(', ');
    },
  },
  templateGroups: {
    path: 'template-groups',
    many: 'templateGroups',
    replace: 'replaceTemplateGroup',
    list: 'templateGroups',
    write: 'templates:write',
    title: { en: 'Template groups', zh: '模板组' },
    one: { en: 'template group', zh: '模板组' },
    hint: {
      en: 'Ladders that streams offer as {stream}_{group}.m3u8.',
      zh: '以 {stream}_{group}.m3u8 提供的多码率组合。',
    },
    start: { name: '', templates: [] },
    summary: (object) => {
      const { templates } = fields(object);
      return Array.isArray(templates) ? templates.map((each) => text(each) ?? text(fields(each).name)).join(', ') : '';
    },
  },
  watermarks: {
    path: 'watermarks',
    many: 'watermarks',
    replace: 'replaceWatermark',
    list: 'watermarks',
    write: 'templates:write',
    title: { en: 'Watermarks', zh: '水印' },
    one: { en: 'watermark', zh: '水印' },
    hint: { en: 'Pictures and texts over renditions.', zh: '叠加在转码流上的图片和文字。' },
    start: { name: '' },
    summary: (object) => text(fields(fields(object).source).text) ?? text(fields(fields(object).source).image) ?? '',
  },
  streamKeys: {
    path: 'stream-keys',
    many: 'streamKeys',
    replace: 'replaceStreamKey',
    list: 'streamKeys',
    write: 'rules:write',
    title: { en: 'Stream keys', zh: '推流密钥' },
    one: { en: 'stream key', zh: '推流密钥' },
    hint: {
      en: 'Lasting keys for encoders that cannot sign. Whoever has one may push what it matches.',
      zh: '供无法签名的推流端长期使用。持有者可以推送匹配的流。',
    },
    start: { id: '', key: '', match: {} },
    summary: (object) => matchWords(fields(object).match),
  },
  endpoints: {
    path: 'callback-endpoints',
    many: 'callbacks',
    replace: 'replaceCallback',
    list: 'callbacks',
    write: 'rules:write',
    title: { en: 'Callback endpoints', zh: '回调地址' },
    one: { en: 'callback endpoint', zh: '回调地址' },
    hint: { en: 'Who is told of what.', zh: '哪些事件通知到哪里。' },
    start: { id: '', url: '', match: {} },
    summary: (object) => text(fields(object).url) ?? '',
  },
  mediaCallbacks: {
    path: 'media-callbacks',
    many: 'mediaCallbacks',
    replace: 'replaceMediaCallback',
    list: 'mediaCallbacks',
    write: 'rules:write',
    title: { en: 'Media callbacks', zh: '媒资回调' },
    one: { en: 'media callback', zh: '媒资回调' },
    hint: {
      en: 'Who is told what happens to assets and jobs, as JSON or as the event notifications of ApsaraVideo VOD.',
      zh: '媒资与任务的事件通知到哪里：JSON 格式，或 ApsaraVideo VOD 的事件通知格式。',
    },
    start: { id: '', url: '' },
    summary: (object) => {
      const { url, form, enabled } = fields(object);
      return [text(form) ?? 'json', text(url), enabled === false ? 'off' : undefined].filter(Boolean).join(', ');
    },
  },
  pulls: {
    path: 'pulls',
    many: 'pulls',
    replace: 'replacePull',
    list: 'pulls',
    write: 'rules:write',
    title: { en: 'Pulls', zh: '拉流' },
    one: { en: 'pull', zh: '拉流' },
    hint: {
      en: 'Streams that are fetched from other servers; the page Relays says how they are doing.',
      zh: '从其他服务器拉取的流；“拉流与转推”页面显示其状态。',
    },
    start: { name: '', match: { domain: 'default', app: 'live', stream: '' }, sources: [{ url: '' }] },
    summary: (object) => matchWords(fields(object).match),
  },
  transfers: {
    path: 'transfers',
    many: 'transfers',
    replace: 'replaceTransfer',
    list: 'transfers',
    write: 'rules:write',
    title: { en: 'Transfers', zh: '转推' },
    one: { en: 'transfer', zh: '转推' },
    hint: {
      en: 'Streams that are pushed on to other servers while they are live; the page Relays says how they are doing.',
      zh: '直播期间转推到其他服务器的流；“拉流与转推”页面显示其状态。',
    },
    start: { name: '', match: {}, destinations: [{ name: 'one', url: '', key: '' }] },
    summary: (object) => matchWords(fields(object).match),
  },
  prices: {
    path: 'prices',
    many: 'prices',
    replace: 'replacePrice',
    list: 'prices',
    write: 'usage:write',
    title: { en: 'Prices', zh: '单价' },
    one: { en: 'price', zh: '单价' },
    hint: {
      en: 'What one unit costs. Of several prices of an item the most specific counts.',
      zh: '每个计量单位的价格。同一项目有多个价格时，以最具体的为准。',
    },
    start: { name: '', item: 'egress-gb', amount: 0 },
    summary: (object) => {
      const { item, amount, door, template, match } = fields(object);
      return [text(item), amount, text(door), text(template), matchWords(match)]
        .filter((each) => each !== undefined)
        .join(', ');
    },
  },
  budgets: {
    path: 'budgets',
    many: 'budgets',
    replace: 'replaceBudget',
    list: 'budgets',
    write: 'usage:write',
    title: { en: 'Budgets', zh: '预算' },
    one: { en: 'budget', zh: '预算' },
    hint: {
      en: 'How much may be spent in a day or month, and what is not let in any more then. What runs is never cut.',
      zh: '每天或每月可花费的金额，以及超出后不再允许的操作。正在进行的内容不会被中断。',
    },
    start: { name: '', amount: 100 },
    summary: (object) => {
      const { amount, period, match } = fields(object);
      return `${amount} / ${text(period) ?? 'month'}, ${matchWords(match)}`;
    },
  },
  estimates: {
    path: 'estimates',
    many: 'estimates',
    replace: 'replaceEstimate',
    list: 'estimates',
    write: 'usage:write',
    title: { en: 'Estimates', zh: '费用预估' },
    one: { en: 'estimate', zh: '费用预估' },
    hint: {
      en: 'What shows are expected to need; the page Cost sets it against what they did.',
      zh: '预计每场直播的用量；费用页面会与实际费用对比。',
    },
    start: { name: '', viewers: 100, hours: 1, bitrateKbps: 3000, from: '', until: '' },
    summary: (object) => {
      const { domain, app, viewers, hours } = fields(object);
      return `${text(domain) ?? 'default'} / ${text(app) ?? 'live'}, ${viewers} × ${hours} h`;
    },
  },
  alarmChannels: {
    path: 'alarm-channels',
    many: 'alarmChannels',
    replace: 'replaceAlarmChannel',
    list: 'alarmChannels',
    write: 'rules:write',
    title: { en: 'Alarm channels', zh: '告警渠道' },
    one: { en: 'alarm channel', zh: '告警渠道' },
    hint: {
      en: 'Where alarms are told: a webhook, e-mail or an Alertmanager.',
      zh: '告警的通知方式：Webhook、邮件或 Alertmanager。',
    },
    start: { id: '', kind: 'webhook' },
    summary: (object) => {
      const { kind, url, to } = fields(object);
      return [text(kind), text(url) ?? (Array.isArray(to) ? to.join(', ') : '')].filter(Boolean).join(', ');
    },
  },
  alarmPolicies: {
    path: 'alarm-policies',
    many: 'alarmPolicies',
    replace: 'replaceAlarmPolicy',
    list: 'alarmPolicies',
    write: 'rules:write',
    title: { en: 'Alarm policies', zh: '告警策略' },
    one: { en: 'alarm policy', zh: '告警策略' },
    hint: {
      en: 'How a kind of alarm is handled, where that shall not be as it comes.',
      zh: '调整某类告警的级别、阈值与持续时间。',
    },
    start: { name: 'STREAM_OFFLINE' },
    summary: (object) =>
      Object.entries(fields(object))
        .filter(([name]) => name !== 'name' && name !== 'origin' && name !== 'tags')
        .map(([name, value]) => `${name} ${String(value)}`)
        .join(', '),
  },
} as const satisfies Readonly<Record<string, ObjectKind>>;

/** Where objects of a kind are in the API. */
export const apiPathOf = (kind: ObjectKind) => (kind.list === 'callbacks' ? '/callbacks' : `/${kind.path}`);

/** What tells one from the others in the API's paths. */
export function idOf(kind: ObjectKind, object: unknown): string {
  const { name, id } = fields(object);
  return text(kind.list === 'streams' ? id : (name ?? id)) ?? '';
}

/** What people call it. */
export function nameOf(kind: ObjectKind, object: unknown): string {
  return kind.list === 'streams' ? matchWords(fields(object).match) : idOf(kind, object);
}

function matchWords(match: unknown): string {
  const { domain, app, stream } = fields(match);
  return [domain, app, stream].map((each) => text(each) ?? '*').join(' / ');
}
