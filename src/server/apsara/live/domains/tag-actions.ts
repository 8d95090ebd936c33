import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import { action, DONE, everyPage, flag, listOf, type ServedAction, text } from '../../base/index.ts';
import { changeDomain, type Host, hostNamed } from './host.ts';
import { domainName, tagOfMany } from './names.ts';

const domains = listOf(domainName).pipe(z.array(domainName).min(1).max(50, { error: 'it must be 50 at most' }));
const resourceType = z
  .string()
  .refine((type) => type.toUpperCase() === 'DOMAIN', { error: 'it must be DOMAIN' })
  .transform(() => 'DOMAIN');
const given = listOf(tagOfMany).refine((tags) => tags.length <= 20, { error: 'it must be 20 at most' });

/** Tags of domains. */
export const tagActions: readonly ServedAction[] = [
  action({
    name: 'TagLiveResources',
    summary: 'Gives domains tags; those of the same key take the place of those before',
    input: z.object({ ResourceId: domains, ResourceType: resourceType, Tag: given }),
    run: async ({ input: { ResourceId, Tag }, ask }) => {
      const tags = Object.fromEntries(Tag.map(({ Key, Value }) => [Key, Value]));
      for (const name of ResourceId) await retag(ask, name, (now) => ({ ...now, ...tags }));
      return DONE;
    },
  }),
  action({
    name: 'UnTagLiveResources',
    summary: 'Takes tags from domains',
    input: z.object({
      ...{ ResourceId: domains, ResourceType: resourceType },
      All: flag.default(false),
      TagKey: listOf(text).default([]),
    }),
    run: async ({ input: { ResourceId, All, TagKey }, ask }) => {
      const left = (now: Tags) =>
        All && TagKey.length === 0
          ? {}
          : Object.fromEntries(Object.entries(now).filter(([key]) => !TagKey.includes(key)));
      for (const name of ResourceId) await retag(ask, name, left);
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveTagResources',
    summary: 'The tags of domains',
    input: z.object({ ResourceId: domains, ResourceType: resourceType, Tag: listOf(tagOfMany).default([]) }),
    run: async ({ input: { ResourceId, Tag: wanted }, ask }) => {
      const hosts = await Promise.all(ResourceId.map((name) => hostNamed(ask, name)));
      const TagResources = hosts.filter(hasAll(wanted)).map(({ host, tags }) => ({
        ResourceId: host,
        Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }));
      return { TagResources };
    },
  }),
  action({
    name: 'ListLiveTagResources',
    summary: 'The tags of domains, one by one; without ResourceId of all that the key may see',
    differs: 'all come at once, so that there is no NextToken',
    input: z.object({
      ...{ ResourceId: domains.optional(), ResourceType: resourceType },
      Tag: listOf(tagOfMany).default([]),
    }),
    run: async ({ input: { ResourceId, ResourceType, Tag: wanted }, ask }) => {
      const hosts =
        ResourceId === undefined
          ? await everyPage<Host>(ask, 'listHosts', 'hosts')
          : await Promise.all(ResourceId.map((name) => hostNamed(ask, name)));
      const TagResource = hosts.filter(hasAll(wanted)).flatMap(({ host, tags }) =>
        Object.entries(tags).map(([TagKey, TagValue]) => ({
          ...{ ResourceId: host, ResourceType, TagKey, TagValue },
        })),
      );
      return { TagResources: { TagResource } };
    },
  }),
  action({
    name: 'DescribeLiveUserTags',
    summary: 'All tags that domains have, with their values',
    input: z.object({}),
    run: async ({ ask }) => {
      const values = new Map<string, Set<string>>();
      for (const { tags } of await everyPage<Host>(ask, 'listHosts', 'hosts')) {
        for (const [key, value] of Object.entries(tags)) values.set(key, (values.get(key) ?? new Set()).add(value));
      }
      return { Tags: [...values].map(([Key, Value]) => ({ Key, Value: [...Value] })) };
    },
  }),
];

type Tags = Readonly<Record<string, string>>;

const hasAll =
  (wanted: readonly z.output<typeof tagOfMany>[]) =>
  ({ tags }: Pick<Host, 'tags'>): boolean =>
    wanted.every(({ Key, Value }) => tags[Key] !== undefined && (Value === '' || tags[Key] === Value));

/** A domain has its tags in the rules, a mapped push domain and a sub-streaming domain beside them. */
async function retag(ask: Ask, name: string, change: (tags: Tags) => Tags): Promise<void> {
  const { isDomain, domain, tags } = await hostNamed(ask, name);
  if (isDomain) await changeDomain(ask, domain, (rule) => ({ ...rule, tags: change(rule.tags ?? {}) }));
  else await ask('describeHost', { params: { host: name }, body: { tags: change(tags) } });
}
