import type { z } from 'zod';
import { type Action, type Resource, SERVER } from '../../identity/index.ts';
import { identityOf, type Match, type ObjectChange, objectSchemas, type Rules } from '../../rules/index.ts';

/** The lists of the rules whose objects have an address of their own. */
export type KindName = keyof typeof objectSchemas;

export type RuleObject = Rules[KindName][number];

/** How the objects of one list are reached. */
export type RuleKind = {
  readonly kind: KindName;
  /** Below `/api/v1`. */
  readonly path: string;
  readonly area: string;
  /** What one and many are called in names of operations and in lists. */
  readonly one: string;
  readonly many: string;
  readonly param: 'name' | 'id';
  readonly read: Action;
  readonly write: Action;
  readonly schema: z.ZodObject;
};

const rules = { read: 'rules:read', write: 'rules:write' } as const;
const money = { read: 'usage:read', write: 'usage:write' } as const;
const templates = { read: 'templates:read', write: 'templates:write' } as const;

export const RULE_KINDS: readonly RuleKind[] = [
  { kind: 'domains', path: '/domains', area: 'Domains', one: 'Domain', many: 'domains', param: 'name', ...rules },
  {
    kind: 'streams',
    path: '/stream-rules',
    area: 'Rules',
    one: 'StreamRule',
    many: 'streamRules',
    param: 'id',
    ...rules,
  },
  {
    kind: 'templates',
    path: '/templates',
    area: 'Templates',
    one: 'Template',
    many: 'templates',
    param: 'name',
    ...templates,
  },
  {
    ...{ kind: 'templateGroups', path: '/template-groups', area: 'Templates', one: 'TemplateGroup' },
    ...{ many: 'templateGroups', param: 'name', ...templates },
  },
  {
    kind: 'watermarks',
    path: '/watermarks',
    area: 'Templates',
    one: 'Watermark',
    many: 'watermarks',
    param: 'name',
    ...templates,
  },
  {
    kind: 'streamKeys',
    path: '/stream-keys',
    area: 'Keys',
    one: 'StreamKey',
    many: 'streamKeys',
    param: 'id',
    ...rules,
  },
  {
    kind: 'callbacks',
    path: '/callbacks',
    area: 'Callbacks',
    one: 'Callback',
    many: 'callbacks',
    param: 'id',
    ...rules,
  },
  {
    ...{ kind: 'mediaCallbacks', path: '/media-callbacks', area: 'Callbacks', one: 'MediaCallback' },
    ...{ many: 'mediaCallbacks', param: 'id', ...rules },
  },
  {
    ...{ kind: 'alarmChannels', path: '/alarm-channels', area: 'Alarms', one: 'AlarmChannel' },
    ...{ many: 'alarmChannels', param: 'id', ...rules },
  },
  {
    ...{ kind: 'alarmPolicies', path: '/alarm-policies', area: 'Alarms', one: 'AlarmPolicy' },
    ...{ many: 'alarmPolicies', param: 'name', ...rules },
  },
  { kind: 'prices', path: '/prices', area: 'Cost', one: 'Price', many: 'prices', param: 'name', ...money },
  { kind: 'budgets', path: '/budgets', area: 'Cost', one: 'Budget', many: 'budgets', param: 'name', ...money },
  { kind: 'estimates', path: '/estimates', area: 'Cost', one: 'Estimate', many: 'estimates', param: 'name', ...money },
  { kind: 'pulls', path: '/pulls', area: 'Relays', one: 'Pull', many: 'pulls', param: 'name', ...rules },
  {
    ...{ kind: 'transfers', path: '/transfers', area: 'Relays', one: 'Transfer', many: 'transfers', param: 'name' },
    ...rules,
  },
].map((each) => ({
  ...(each as Omit<RuleKind, 'schema'>),
  schema: objectSchemas[each.kind as KindName] as z.ZodObject,
}));

/** The object's name in its path; a stream rule's is made of what it matches: `play.example.com~prod!event~*`. */
export function idOf(kind: KindName, object: RuleObject): string {
  return kind === 'streams' && 'match' in object ? streamRuleId(object) : identityOf(kind, object as never);
}

/** A stream rule's name in its path, which follows from what it matches. */
export function streamRuleId({ match: { domain, app, stream } }: { readonly match: Match }): string {
  return [domain.toLowerCase(), app, stream].map((part) => part.replaceAll('/', '!')).join('~');
}

/** An object that was read, without what only answers have. */
export function withoutTold(kind: KindName, object: object): object {
  const told = ['origin', 'aliasUse', ...(kind === 'streams' ? ['id'] : [])];
  return Object.fromEntries(Object.entries(object).filter(([name]) => !told.includes(name)));
}

/** To whom the object belongs: an app or a domain, where it is about no other, else the server. */
export function resourceOf(kind: ObjectChange['kind'], object: unknown): Resource {
  if (kind === 'domains') return { kind: 'domain', domain: (object as Rules['domains'][number]).name };
  if (kind === 'streams' || kind === 'streamKeys' || kind === 'callbacks' || kind === 'pulls' || kind === 'transfers') {
    return ownerOf((object as { readonly match: Match }).match);
  }
  return SERVER;
}

/** What may be done to an object of this list is decided by this action. */
export function writeActionOf(kind: ObjectChange['kind']): Action {
  return RULE_KINDS.find((each) => each.kind === kind)?.write ?? 'rules:write';
}

export function readActionOf(kind: ObjectChange['kind']): Action {
  return RULE_KINDS.find((each) => each.kind === kind)?.read ?? 'rules:read';
}

function ownerOf({ domain: pattern, app }: Match): Resource {
  const domain = pattern.toLowerCase();
  if (domain.includes('*')) return SERVER;
  return app.includes('*') ? { kind: 'domain', domain } : { kind: 'app', domain, app };
}
