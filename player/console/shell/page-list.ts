import type { ComponentType, VNode } from 'preact';
import { lazy } from 'preact-iso';
import {
  BellIcon,
  BoxIcon,
  CallbackIcon,
  CoinIcon,
  DropIcon,
  FilmIcon,
  FlagIcon,
  GlobeIcon,
  GraphIcon,
  HistoryIcon,
  KeyIcon,
  LayersIcon,
  LinkIcon,
  OverviewIcon,
  PulseIcon,
  QuestionIcon,
  RulesIcon,
  SearchIcon,
  ServerIcon,
  SettingsIcon,
  ShieldIcon,
  StreamsIcon,
  TerminalIcon,
  UsersIcon,
} from '../../icons/index.ts';
import { type Language, may } from '../kit/index.ts';
import { AlarmBadge } from '../pages/alarms/badge.tsx';
import type { shellWords } from './words.ts';

type Needs = string | readonly string[] | null;

/** A page of the console. */
export type ConsolePage = {
  /** Below `/console/`; may have parameters (`:name`). */
  readonly path: string;
  readonly title: Readonly<Record<Language, string>>;
  /** Who may any of these sees the page; null is for everybody. */
  readonly needs: Needs;
  /** Where it stands in the navigation; a page that is reached from another has none. */
  readonly entry?: {
    readonly group: keyof ReturnType<typeof shellWords>['groups'];
    readonly icon: () => VNode;
    /** What stands behind its title. */
    readonly badge?: ComponentType;
  };
  readonly component: ComponentType;
};

type Load = () => Promise<{ readonly Page: () => VNode }>;

const page = (
  path: string,
  [en, zh]: readonly [en: string, zh: string],
  needs: Needs,
  entry: NonNullable<ConsolePage['entry']> | undefined,
  load: Load,
): ConsolePage => ({
  ...{ path, title: { en, zh }, needs },
  ...(entry && { entry }),
  component: lazy(async () => ({ default: (await load()).Page as ComponentType })),
});

/** Every page, in the order of the navigation. */
export const PAGES: readonly ConsolePage[] = [
  page(
    'overview',
    ['Overview', '概览'],
    null,
    { group: 'live', icon: OverviewIcon },
    () => import('../pages/overview/page.tsx'),
  ),
  page(
    'streams',
    ['Streams', '直播流'],
    'streams:read',
    { group: 'live', icon: StreamsIcon },
    () => import('../pages/streams/page.tsx'),
  ),
  page(
    'streams/:domain/:app/:stream',
    ['Stream', '直播流'],
    'streams:read',
    undefined,
    () => import('../pages/stream/page.tsx'),
  ),
  page(
    'relays',
    ['Relays', '拉流与转推'],
    'streams:read',
    { group: 'live', icon: StreamsIcon },
    () => import('../pages/relays/page.tsx'),
  ),
  page('pulls', ['Pulls', '拉流'], 'rules:read', undefined, () => import('../pages/pulls/page.tsx')),
  page('pulls/:id', ['Pulls', '拉流'], 'rules:read', undefined, () => import('../pages/pulls/one-page.tsx')),
  page('transfers', ['Transfers', '转推'], 'rules:read', undefined, () => import('../pages/transfers/page.tsx')),
  page(
    'transfers/:id',
    ['Transfers', '转推'],
    'rules:read',
    undefined,
    () => import('../pages/transfers/one-page.tsx'),
  ),
  page(
    'alarms',
    ['Alarms', '告警'],
    'alarms:read',
    { group: 'live', icon: BellIcon, badge: AlarmBadge as ComponentType },
    () => import('../pages/alarms/page.tsx'),
  ),
  page(
    'alarms/runbooks/:code',
    ['What to do', '处理方法'],
    'alarms:read',
    undefined,
    () => import('../pages/alarms/runbook-page.tsx'),
  ),
  page(
    'recordings',
    ['Recordings', '录制'],
    'recordings:read',
    { group: 'live', icon: FilmIcon },
    () => import('../pages/recordings/page.tsx'),
  ),
  page(
    'history',
    ['History', '推流历史'],
    'streams:read',
    { group: 'live', icon: HistoryIcon },
    () => import('../pages/history/page.tsx'),
  ),
  page(
    'history/:session',
    ['Report', '直播报告'],
    'usage:read',
    undefined,
    () => import('../pages/show-report/page.tsx'),
  ),
  page(
    'usage',
    ['Usage', '用量'],
    'usage:read',
    { group: 'live', icon: GraphIcon },
    () => import('../pages/usage/page.tsx'),
  ),
  page(
    'top',
    ['Top traffic', '流量排行'],
    'usage:read',
    { group: 'live', icon: GraphIcon },
    () => import('../pages/top/page.tsx'),
  ),
  page(
    'costs',
    ['Cost', '费用'],
    'usage:read',
    { group: 'live', icon: CoinIcon },
    () => import('../pages/costs/page.tsx'),
  ),
  page('prices', ['Prices', '单价'], 'usage:read', undefined, () => import('../pages/prices/page.tsx')),
  page('prices/:id', ['Prices', '单价'], 'usage:read', undefined, () => import('../pages/prices/one-page.tsx')),
  page('budgets', ['Budgets', '预算'], 'usage:read', undefined, () => import('../pages/budgets/page.tsx')),
  page('budgets/:id', ['Budgets', '预算'], 'usage:read', undefined, () => import('../pages/budgets/one-page.tsx')),
  page('estimates', ['Estimates', '费用预估'], 'usage:read', undefined, () => import('../pages/estimates/page.tsx')),
  page(
    'estimates/:id',
    ['Estimates', '费用预估'],
    'usage:read',
    undefined,
    () => import('../pages/estimates/one-page.tsx'),
  ),
  page(
    'events',
    ['Events', '事件'],
    'events:read',
    { group: 'live', icon: PulseIcon },
    () => import('../pages/events/page.tsx'),
  ),
  page(
    'library',
    ['Library', '媒资库'],
    'assets:read',
    { group: 'media', icon: FilmIcon },
    () => import('../pages/library/page.tsx'),
  ),
  page('library/:id', ['Asset', '媒资'], 'assets:read', undefined, () => import('../pages/library/one-page.tsx')),
  page(
    'jobs',
    ['Jobs', '任务'],
    'jobs:read',
    { group: 'media', icon: LayersIcon },
    () => import('../pages/jobs/page.tsx'),
  ),
  page('jobs/:id', ['Job', '任务'], 'jobs:read', undefined, () => import('../pages/jobs/one-page.tsx')),
  page(
    'sign',
    ['URL generator', '地址生成器'],
    ['streams:push-urls', 'play-tokens:issue'],
    { group: 'tools', icon: LinkIcon },
    () => import('../pages/sign/page.tsx'),
  ),
  page(
    'explain',
    ['Explain a URL', '地址诊断'],
    'streams:read',
    { group: 'tools', icon: QuestionIcon },
    () => import('../pages/explain/page.tsx'),
  ),
  page(
    'callbacks',
    ['Callbacks', '回调'],
    'callbacks:read',
    { group: 'tools', icon: CallbackIcon },
    () => import('../pages/callbacks/page.tsx'),
  ),
  page(
    'explorer',
    ['OpenAPI explorer', 'OpenAPI 调试'],
    null,
    { group: 'tools', icon: TerminalIcon },
    () => import('../pages/explorer/page.tsx'),
  ),
  page(
    'domains',
    ['Domains', '域名'],
    'rules:read',
    { group: 'set', icon: GlobeIcon },
    () => import('../pages/domains/page.tsx'),
  ),
  page('domains/:id', ['Domains', '域名'], 'rules:read', undefined, () => import('../pages/domains/one-page.tsx')),
  page(
    'limits',
    ['Limits', '限额'],
    'usage:read',
    { group: 'set', icon: GraphIcon },
    () => import('../pages/limits/page.tsx'),
  ),
  page(
    'certificates',
    ['Certificates', '证书'],
    'certificates:read',
    { group: 'set', icon: ShieldIcon },
    () => import('../pages/certificates/page.tsx'),
  ),
  page(
    'stream-rules',
    ['Stream rules', '流规则'],
    'rules:read',
    { group: 'set', icon: RulesIcon },
    () => import('../pages/stream-rules/page.tsx'),
  ),
  page(
    'stream-rules/:id',
    ['Stream rules', '流规则'],
    'rules:read',
    undefined,
    () => import('../pages/stream-rules/one-page.tsx'),
  ),
  page(
    'rules',
    ['Effective rules', '生效规则'],
    'rules:read',
    { group: 'set', icon: SearchIcon },
    () => import('../pages/rules/page.tsx'),
  ),
  page(
    'templates',
    ['Templates', '转码模板'],
    'templates:read',
    { group: 'set', icon: LayersIcon },
    () => import('../pages/templates/page.tsx'),
  ),
  page(
    'templates/:id',
    ['Templates', '转码模板'],
    'templates:read',
    undefined,
    () => import('../pages/templates/one-page.tsx'),
  ),
  page(
    'template-groups',
    ['Template groups', '模板组'],
    'templates:read',
    { group: 'set', icon: LayersIcon },
    () => import('../pages/template-groups/page.tsx'),
  ),
  page(
    'template-groups/:id',
    ['Template groups', '模板组'],
    'templates:read',
    undefined,
    () => import('../pages/template-groups/one-page.tsx'),
  ),
  page(
    'watermarks',
    ['Watermarks', '水印'],
    'templates:read',
    { group: 'set', icon: DropIcon },
    () => import('../pages/watermarks/page.tsx'),
  ),
  page(
    'watermarks/:id',
    ['Watermarks', '水印'],
    'templates:read',
    undefined,
    () => import('../pages/watermarks/one-page.tsx'),
  ),
  page(
    'stream-keys',
    ['Stream keys', '推流密钥'],
    'rules:read',
    { group: 'set', icon: KeyIcon },
    () => import('../pages/stream-keys/page.tsx'),
  ),
  page(
    'stream-keys/:id',
    ['Stream keys', '推流密钥'],
    'rules:read',
    undefined,
    () => import('../pages/stream-keys/one-page.tsx'),
  ),
  page(
    'callback-endpoints',
    ['Callback endpoints', '回调地址'],
    'rules:read',
    { group: 'set', icon: CallbackIcon },
    () => import('../pages/callback-endpoints/page.tsx'),
  ),
  page(
    'callback-endpoints/:id',
    ['Callback endpoints', '回调地址'],
    'rules:read',
    undefined,
    () => import('../pages/callback-endpoints/one-page.tsx'),
  ),
  page(
    'media-callbacks',
    ['Media callbacks', '媒资回调'],
    'rules:read',
    { group: 'set', icon: CallbackIcon },
    () => import('../pages/media-callbacks/page.tsx'),
  ),
  page(
    'media-callbacks/:id',
    ['Media callbacks', '媒资回调'],
    'rules:read',
    undefined,
    () => import('../pages/media-callbacks/one-page.tsx'),
  ),
  page(
    'alarm-channels',
    ['Alarm channels', '告警渠道'],
    'rules:read',
    { group: 'set', icon: BellIcon },
    () => import('../pages/alarm-channels/page.tsx'),
  ),
  page(
    'alarm-channels/:id',
    ['Alarm channels', '告警渠道'],
    'rules:read',
    undefined,
    () => import('../pages/alarm-channels/one-page.tsx'),
  ),
  page(
    'alarm-policies',
    ['Alarm policies', '告警策略'],
    'rules:read',
    { group: 'set', icon: SettingsIcon },
    () => import('../pages/alarm-policies/page.tsx'),
  ),
  page(
    'alarm-policies/:id',
    ['Alarm policies', '告警策略'],
    'rules:read',
    undefined,
    () => import('../pages/alarm-policies/one-page.tsx'),
  ),
  page(
    'revisions',
    ['Revisions', '修订记录'],
    'rules:read',
    { group: 'set', icon: HistoryIcon },
    () => import('../pages/revisions/page.tsx'),
  ),
  page(
    'approvals',
    ['Approvals', '审批'],
    'rules:read',
    { group: 'set', icon: FlagIcon },
    () => import('../pages/approvals/page.tsx'),
  ),
  page(
    'inventory',
    ['Inventory', '资产清单'],
    'rules:read',
    { group: 'set', icon: BoxIcon },
    () => import('../pages/inventory/page.tsx'),
  ),
  page(
    'settings',
    ['Node settings', '节点设置'],
    'health:read',
    { group: 'set', icon: ServerIcon },
    () => import('../pages/settings/page.tsx'),
  ),
  page(
    'users',
    ['Users', '用户'],
    'users:read',
    { group: 'people', icon: UsersIcon },
    () => import('../pages/users/page.tsx'),
  ),
  page(
    'access-keys',
    ['Access keys', '访问密钥'],
    'keys:read',
    { group: 'people', icon: KeyIcon },
    () => import('../pages/access-keys/page.tsx'),
  ),
  page(
    'audit',
    ['Audit log', '审计日志'],
    'audit:read',
    { group: 'people', icon: ShieldIcon },
    () => import('../pages/audit/page.tsx'),
  ),
  page(
    'account',
    ['My account', '我的账户'],
    null,
    { group: 'people', icon: SettingsIcon },
    () => import('../pages/account/page.tsx'),
  ),
];

/** Those that are any use to who is signed in. */
export function shownPages(): ConsolePage[] {
  return PAGES.filter(({ needs }) => needs === null || [needs].flat().some(may));
}

/** Whether there is such a page, and it is any use to who is signed in. */
export function hasPage(path: string): boolean {
  return shownPages().some((each) => each.path === path);
}
