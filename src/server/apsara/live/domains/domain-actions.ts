import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import {
  ApsaraError,
  action,
  DONE,
  everyPage,
  hasStatus,
  listOf,
  paged,
  type ServedAction,
  text,
  utcText,
} from '../../base/index.ts';
import { tlsOf } from './certificates.ts';
import { changeDomain, domainOf, findHost, type Host, hostNamed } from './host.ts';
import { domainName, pageNumber, pageSize, tagOfMany } from './names.ts';
import { idOf } from './stream-rule.ts';

const region = z.string().regex(/^[a-z0-9-]{2,64}$/, { error: 'it must be a region, such as cn-shanghai' });
const kind = z.enum(['liveVideo', 'liveEdge'], { error: 'it must be liveVideo or liveEdge' });
const scope = z.enum(['domestic', 'overseas', 'global'], { error: 'it must be domestic, overseas or global' });
const named = z.object({ DomainName: domainName });
const newKey = () => randomBytes(16).toString('hex');

const STARTED_WITH =
  'a push domain that is mapped, and a sub-streaming domain, is started and stopped with its streaming domain';

/** Domains as such. */
export const domainActions: readonly ServedAction[] = [
  action({
    name: 'AddLiveDomain',
    summary: 'Adds a push domain (liveEdge) or a streaming domain (liveVideo), signed (type_a) with a key of its own',
    differs:
      'it is online at once. Region and Scope are kept and shown but change nothing; CheckUrl, TopLevelDomain and ResourceGroupId are left out, and no ownership is verified: whether the DNS leads here says GET /api/v1/domains/{name}/check. A push domain that is not mapped can be pushed to, and nobody can play what comes',
    input: z.object({
      DomainName: domainName,
      LiveDomainType: kind,
      Region: region,
      Scope: scope.default('domestic'),
      Tag: listOf(tagOfMany).optional(),
    }),
    run: async ({ input: { DomainName, LiveDomainType, Region, Scope, Tag = [] }, ask }) => {
      if ((await findHost(ask, DomainName)) !== undefined) throw alreadyThere(DomainName);
      const auth = () => ({ auth: { type: 'type_a', key1: newKey() } });
      await ask('createDomain', {
        body: {
          name: DomainName,
          tags: Object.fromEntries(Tag.map(({ Key, Value }) => [Key, Value])),
          push: auth(),
          play: { ...auth(), ...(LiveDomainType === 'liveEdge' && { protocols: [] }) },
        },
      });
      await ask('describeHost', { params: { host: DomainName }, body: { region: Region, scope: Scope } });
      // As there, the playlist has MPEG-TS.
      const rule = { match: { domain: DomainName }, hls: { container: 'ts' } };
      if (LiveDomainType === 'liveVideo') await ask('createStreamRule', { body: rule }).catch(unlessThere);
      return DONE;
    },
  }),
  action({
    name: 'DeleteLiveDomain',
    summary: 'Removes a domain with its callbacks, stream keys and settings of streams',
    differs:
      'push domains that are mapped to it, and its sub-streaming domains, stay as domains of their own. What stands in the rules file stays',
    input: named,
    run: async ({ input: { DomainName }, ask }) => {
      const host = await hostNamed(ask, DomainName);
      if (!host.isDomain) {
        await ask('detachHost', { params: { name: host.domain, host: host.host } });
        return DONE;
      }
      await detachAll(ask, host.domain);
      for (const [list, many, one] of OWNED) {
        const all = await everyPage<Owned>(ask, list, many);
        const mine = all.filter(({ match, origin }) => match.domain.toLowerCase() === DomainName && origin === 'api');
        for (const each of mine) await ask(`delete${one}`, { params: { id: each.id ?? idOf(each.match) } });
      }
      await ask('deleteDomain', { params: { name: DomainName } });
      return DONE;
    },
  }),
  action({
    name: 'StartLiveDomain',
    summary: 'Starts a stopped domain',
    differs: STARTED_WITH,
    input: named,
    run: ({ input: { DomainName }, ask }) => setEnabled(ask, DomainName, true),
  }),
  action({
    name: 'StopLiveDomain',
    summary: 'Stops a domain: nobody publishes to it or plays from it, and who does is sent away',
    differs: STARTED_WITH,
    input: named,
    run: ({ input: { DomainName }, ask }) => setEnabled(ask, DomainName, false),
  }),
  action({
    name: 'DescribeLiveDomainDetail',
    summary: 'One domain',
    differs:
      'there is no Cname and no ResourceGroupId. Status is online or offline; times are left out while the database is away, and are those at which this server first saw and last changed it',
    input: named,
    run: async ({ input: { DomainName }, ask }) => {
      const host = await hostNamed(ask, DomainName);
      const { scope: Scope, region: Region } = host;
      return {
        DomainDetail: {
          ...{ DomainName, DomainStatus: statusOf(host), LiveDomainType: typeOf(host), Description: host.description },
          ...{ Region, Scope, ...timesOf(host), ...(await tlsOf(ask, DomainName)) },
        },
      };
    },
  }),
  action({
    name: 'DescribeLiveUserDomains',
    summary: 'The domains that the key may see',
    differs: 'there is no Cname and no ResourceGroupId; ResourceGroupId is no filter',
    input: z.object({
      DomainName: text.optional(),
      DomainSearchType: z
        .enum(['fuzzy_match', 'pre_match', 'suf_match', 'full_match'], {
          error: 'it must be fuzzy_match, pre_match, suf_match or full_match',
        })
        .default('fuzzy_match'),
      DomainStatus: z
        .enum(['online', 'offline', 'configuring', 'configure_failed', 'checking', 'check_failed'])
        .optional(),
      LiveDomainType: kind.optional(),
      RegionName: region.optional(),
      PageNumber: pageNumber,
      PageSize: pageSize(20, 500),
      Tag: listOf(tagOfMany).optional(),
    }),
    run: async ({ input, ask }) => {
      const { DomainName = '', DomainSearchType, PageNumber, PageSize, Tag = [] } = input;
      const isNamed = NAME_FILTERS[DomainSearchType];
      const hosts = (await everyPage<Host>(ask, 'listHosts', 'hosts')).filter(
        (host) =>
          isNamed(host.host, DomainName.toLowerCase()) &&
          (input.DomainStatus ?? statusOf(host)) === statusOf(host) &&
          (input.LiveDomainType ?? typeOf(host)) === typeOf(host) &&
          (input.RegionName ?? host.region) === host.region &&
          Tag.every(({ Key, Value }) => host.tags[Key] === Value || (Value === '' && host.tags[Key] !== undefined)),
      );
      const { items } = paged(hosts, PageNumber, PageSize);
      const PageData = items.map((host) => ({
        ...{ DomainName: host.host, LiveDomainStatus: statusOf(host), LiveDomainType: typeOf(host) },
        ...{ RegionName: host.region, Description: host.description, ...timesOf(host) },
      }));
      return { PageNumber, PageSize, TotalCount: hosts.length, Domains: { PageData } };
    },
  }),
  action({
    name: 'DescribeLiveDomainLimit',
    summary: 'How many streams and renditions a domain has at once, and how many it may have',
    differs: 'where any number is allowed there is no limit in the answer; of relays none are counted',
    input: named,
    run: async ({ input: { DomainName }, ask }) => {
      const { domain } = await hostNamed(ask, DomainName);
      const limits = await everyPage<Limits>(ask, 'listLimits', 'limits', { domain });
      const LiveDomainLimit = limits
        .filter(({ app }) => app === undefined)
        .map(({ publishers, transcodes }) => ({
          ...{ DomainName, CurrentNum: publishers.used, CurrentTranscodeNum: transcodes.used },
          ...(publishers.limit !== undefined && { LimitNum: publishers.limit }),
          ...(transcodes.limit !== undefined && { LimitTranscodeNum: transcodes.limit }),
        }));
      return { LiveDomainLimitList: { LiveDomainLimit } };
    },
  }),
];

type Use = { readonly used: number; readonly limit?: number };
type Limits = { readonly app?: string; readonly publishers: Use; readonly transcodes: Use };
type Owned = {
  readonly id?: string;
  readonly match: { readonly domain: string; readonly app: string; readonly stream: string };
  readonly origin: 'api' | 'file';
};

/** What belongs to a domain beside itself: the operation that lists it, its list, and what one is called. */
const OWNED = [
  ['listStreamRules', 'streamRules', 'StreamRule'],
  ['listStreamKeys', 'streamKeys', 'StreamKey'],
  ['listCallbacks', 'callbacks', 'Callback'],
] as const;

const NAME_FILTERS = {
  fuzzy_match: (name: string, part: string) => name.includes(part),
  pre_match: (name: string, part: string) => name.startsWith(part),
  suf_match: (name: string, part: string) => name.endsWith(part),
  full_match: (name: string, part: string) => part === '' || name === part,
};

const typeOf = ({ use }: Host) => (use === 'ingest' ? 'liveEdge' : 'liveVideo');
const statusOf = ({ enabled }: Host) => (enabled ? 'online' : 'offline');

function timesOf({ firstSeenAt, modifiedAt }: Host) {
  return {
    ...(firstSeenAt !== undefined && { GmtCreated: utcText(Date.parse(firstSeenAt)) }),
    ...(modifiedAt !== undefined && { GmtModified: utcText(Date.parse(modifiedAt)) }),
  };
}

async function setEnabled(ask: Ask, name: string, enabled: boolean) {
  const { isDomain, domain } = await hostNamed(ask, name);
  if (!isDomain) {
    const message = `${name} leads to ${domain}, and is started and stopped with it.`;
    throw new ApsaraError(409, 'OperationDenied', message);
  }
  await changeDomain(ask, domain, (rule) => ({ ...rule, enabled }));
  return DONE;
}

/** What leads to a domain that is to go stays, on its own. */
async function detachAll(ask: Ask, name: string): Promise<void> {
  const { ingest, aliases } = await domainOf(ask, { domain: name });
  for (const host of [...ingest, ...aliases.map((alias) => (typeof alias === 'string' ? alias : alias.name))]) {
    if (host.includes('*')) continue;
    await ask('detachHost', { params: { name, host }, query: { keep: 'true' } });
  }
}

const alreadyThere = (name: string) =>
  new ApsaraError(400, 'ConfigAlreadyExists', `The domain ${name} is there already.`);

function unlessThere(error: unknown): void {
  if (!hasStatus(error, 409)) throw error;
}
