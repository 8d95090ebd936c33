import { z } from 'zod';
import { aliasesOf, type CompiledRules, type DomainRule } from '../rules/index.ts';
import { lostDatabase, type NotedFacts, type StoredHostFacts } from '../store/index.ts';
import {
  type Call,
  nextCursor,
  notFound,
  type Operation,
  OperationError,
  operation,
  pageOf,
  pageQuery,
} from './base/index.ts';
import { domainOf } from './resources.ts';
import { isoOf, line, streamName, time } from './schemas.ts';

/** What the operations on hosts need. */
export type HostDoor = {
  readonly rules: () => CompiledRules;
  readonly facts: {
    readonly all: () => Promise<readonly StoredHostFacts[]>;
    readonly get: (host: string) => Promise<StoredHostFacts | undefined>;
    readonly note: (host: string, noted: NotedFacts) => Promise<StoredHostFacts>;
  };
};

const tags = z.record(z.string().min(1).max(128), z.string().max(256));
const facts = {
  region: line(64).describe('Where it is, in your own words'),
  scope: z
    .enum(['domestic', 'overseas', 'global', ''])
    .describe("ApsaraVideo's word for where viewers are; changes nothing here"),
  description: line(500),
};
const host = z
  .strictObject({
    host: z.string(),
    use: z.enum(['playback', 'ingest']).describe('Of a domain that nobody can play from: `ingest`'),
    domain: z.string().describe('The domain that it leads to'),
    isDomain: z.boolean().describe('False for ingest hosts and aliases of a domain'),
    enabled: z.boolean(),
    firstSeenAt: time.optional().describe('Since when it is known; left out while the database is away'),
    modifiedAt: time.optional(),
    ...facts,
    tags,
  })
  .meta({ id: 'Host' });
const params = z.strictObject({ host: streamName.toLowerCase() });
const area = 'Domains';

type Shown = z.input<typeof host>;
type HostOf = Pick<Shown, 'host' | 'use' | 'domain' | 'isDomain' | 'enabled' | 'tags'>;

/** The hosts of all domains, with what is known of each. */
export function hostOperations(door: HostDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'listHosts', area, method: 'get', path: '/hosts', action: 'rules:read' },
      summary: 'The hosts of all domains: what each is for, where it leads and since when it is known',
      query: pageQuery(),
      answer: z.strictObject({ hosts: z.array(host), nextCursor }),
      run: async ({ query, permits }) => {
        const mine = hostsOf(door.rules()).filter(({ domain }) => permits(domainOf({ domain })));
        const { items, ...rest } = pageOf(mine, query, (each) => each.host);
        const known = new Map((await whereThere(door.facts.all))?.map((each) => [each.host, each]));
        return { hosts: items.map((each) => shown(each, known.get(each.host))), ...rest };
      },
    }),
    operation({
      ...{ name: 'getHost', area, method: 'get', path: '/hosts/{host}', action: 'rules:read', params },
      summary: 'One host of a domain',
      answer: host,
      run: async (call) => {
        const found = foundHost(door, call);
        return shown(found, await whereThere(() => door.facts.get(found.host)));
      },
    }),
    operation({
      ...{ name: 'describeHost', area, method: 'patch', path: '/hosts/{host}', action: 'rules:write', params },
      summary: 'Says something of a host; what is left out stays as it is',
      body: z.strictObject({
        ...z.strictObject(facts).partial().shape,
        tags: tags.optional().describe('Of a host that is no domain of its own; a domain has its own tags'),
      }),
      answer: host,
      run: async (call) => {
        const found = foundHost(door, call);
        if (call.body.tags !== undefined && found.isDomain) {
          const message = `${found.host} is a domain, which has tags of its own`;
          throw new OperationError(409, 'DOMAIN_TAGS', message, 'Change the tags of the domain.');
        }
        const noted = await door.facts.note(found.host, call.body);
        call.done(domainOf(found), { host: found.host, described: Object.keys(call.body) });
        return shown(found, noted);
      },
    }),
  ];
}

function foundHost(door: HostDoor, { params, require }: Call<{ readonly host: string }>): HostOf {
  const found = hostsOf(door.rules()).find(({ host }) => host === params.host);
  if (found === undefined) throw notFound('HOST_NOT_FOUND', `no domain has the host ${params.host}`, 'List the hosts.');
  require(domainOf(found));
  return found;
}

/** Every name of every domain: its own, those that encoders push to, and the aliases of viewers. */
function hostsOf({ rules }: CompiledRules): HostOf[] {
  const seen = new Map<string, HostOf>();
  for (const rule of rules.domains) {
    const { name: domain, enabled } = rule;
    seen.set(domain, { host: domain, use: useOf(rule), domain, isDomain: true, enabled, tags: { ...rule.tags } });
  }
  for (const rule of rules.domains) {
    const of = (host: string, use: HostOf['use']) => {
      const { name: domain, enabled } = rule;
      if (!seen.has(host)) seen.set(host, { host, use, domain, isDomain: false, enabled, tags: {} });
    };
    for (const name of rule.ingest) of(name, 'ingest');
    for (const { name } of aliasesOf(rule)) of(name, 'playback');
  }
  return [...seen.values()];
}

/** Who has nothing to play is for pushing only. */
const useOf = ({ play }: DomainRule) => (play.protocols.length === 0 ? 'ingest' : 'playback');

function shown(of: HostOf, known: StoredHostFacts | undefined): Shown {
  const { host, use, domain, isDomain, enabled } = of;
  const tags = isDomain ? of.tags : { ...known?.tags };
  const said = { region: known?.region ?? '', scope: (known?.scope ?? '') as Shown['scope'] };
  const all = { host, use, domain, isDomain, enabled, ...said, description: known?.description ?? '', tags };
  return known ? { ...all, ...timesOf(known) } : all;
}

type Times = { readonly firstSeenAt: string; readonly modifiedAt: string };
const timesKnown = new WeakMap<StoredHostFacts, Times>();

/** Written out once for each time that the facts are read, which is far less often than they are asked for. */
function timesOf(known: StoredHostFacts): Times {
  const written = timesKnown.get(known) ?? {
    firstSeenAt: isoOf(known.firstSeenAt.getTime()),
    modifiedAt: isoOf(known.modifiedAt.getTime()),
  };
  timesKnown.set(known, written);
  return written;
}

async function whereThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (lostDatabase(error)) return undefined;
    throw error;
  }
}
