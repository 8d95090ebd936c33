import { z } from 'zod';
import { aliasesOf, type DomainRule, type RulesHalf } from '../../rules/index.ts';
import { Accepted, type Call, notFound, type Operation, OperationError, operation } from '../base/index.ts';
import { changeRules, type Edit } from './change.ts';
import type { RulesDoor } from './rules-door.ts';
import { approval, shownApproval } from './shown.ts';

const name = z.string().toLowerCase().min(1).max(255);
const use = z.enum(['ingest', 'playback']).describe('`playback` makes it an alias');
const moved = z.strictObject({ domain: z.string(), host: z.string(), revision: z.int() }).meta({ id: 'MovedHost' });
const area = 'Domains';

type MoveCall = Pick<Call, 'caller' | 'require' | 'done'>;

/** Hosts that come to a domain, also from a domain of their own, and go from it. */
export function hostMoveOperations(door: RulesDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'attachHost', area, method: 'post', path: '/domains/{name}/hosts', action: 'rules:write' },
      summary: 'Gives a domain a further host, for encoders or for viewers',
      description:
        'Where the host is a domain of its own, that ends: as the first ingest host it brings its push settings along, and with any ingest host come callbacks, stream keys and rules for streams of that domain.',
      params: z.strictObject({ name }),
      body: z.strictObject({ host: name, use }),
      ...{ answer: moved, accepted: approval },
      run: (call) => {
        const { host, use } = call.body;
        const reason = `${host} for ${use} of ${call.params.name}`;
        const edit: Edit['edit'] = (half) => attached(door, half, { main: call.params.name, host, use });
        return move(door, call, { domain: call.params.name, host }, { reason, edit });
      },
    }),
    operation({
      ...{ name: 'detachHost', area, method: 'delete', path: '/domains/{name}/hosts/{host}', action: 'rules:write' },
      summary: 'Takes an ingest host or an alias from a domain',
      params: z.strictObject({ name, host: name }),
      query: z.strictObject({
        keep: z
          .enum(['true', 'false'])
          .default('false')
          .describe(
            'Makes it a domain of its own, with the settings that it had: of an ingest host one without viewers',
          ),
      }),
      ...{ answer: moved, accepted: approval },
      run: (call) => {
        const { name: main, host } = call.params;
        const isKept = call.query.keep === 'true';
        const edit: Edit['edit'] = (half) => detached(door, half, { main, host, isKept });
        return move(door, call, { domain: main, host }, { reason: `${host} away from ${main}`, edit });
      },
    }),
  ];
}

async function move(door: RulesDoor, call: MoveCall, of: { domain: string; host: string }, edit: Edit) {
  const changed = await changeRules(door, call, edit);
  if (changed.state === 'pending') return new Accepted(shownApproval(call.caller, changed.approval, door.nowMs()));
  return { ...of, revision: changed.revision };
}

type Attaching = { readonly main: string; readonly host: string; readonly use: z.output<typeof use> };

function attached(door: RulesDoor, half: RulesHalf, { main, host, use }: Attaching): RulesHalf {
  const domain = domainIn(door, half, main);
  const own = half.domains?.find((each) => each.name === host);
  if (host === main || domain.ingest.includes(host) || aliasesOf(domain).some((alias) => alias.name === host)) {
    throw new OperationError(409, 'ALREADY_THERE', `${main} has the host ${host} already`, 'Nothing is to be done.');
  }
  if (own !== undefined && own.ingest.length + own.aliases.length > 0) {
    const message = `${host} is a domain with further hosts of its own`;
    throw new OperationError(409, 'HAS_HOSTS', message, 'Take them away from it first.');
  }
  const next: DomainRule =
    use === 'playback'
      ? { ...domain, aliases: [...domain.aliases, host] }
      : {
          ...domain,
          ingest: [...domain.ingest, host],
          ...(own !== undefined && domain.ingest.length === 0 && { push: own.push }),
        };
  const domains = (half.domains ?? []).flatMap((each) => (each === own ? [] : [each === domain ? next : each]));
  return use === 'playback' ? { ...half, domains } : { ...renamed(half, host, main), domains };
}

/** What was about the streams of one domain is about those of another; where that has such a rule, that stays. */
function renamed(half: RulesHalf, from: string, to: string): RulesHalf {
  const place = ({ app, stream }: { app: string; stream: string }) => `${app} ${stream}`;
  const isOf = (each: { match: { domain: string } }, domain: string) => each.match.domain.toLowerCase() === domain;
  const taken = new Set((half.streams ?? []).filter((each) => isOf(each, to)).map(({ match }) => place(match)));
  const moved = <
    T extends { readonly match: { readonly domain: string; readonly app: string; readonly stream: string } },
  >(
    each: T,
  ): T => (isOf(each, from) ? { ...each, match: { ...each.match, domain: to } } : each);
  const { streams, streamKeys, callbacks } = half;
  return {
    ...half,
    ...(streams && {
      streams: streams.filter((each) => !isOf(each, from) || !taken.has(place(each.match))).map(moved),
    }),
    ...(streamKeys && { streamKeys: streamKeys.map(moved) }),
    ...(callbacks && { callbacks: callbacks.map(moved) }),
  };
}

type Detaching = { readonly main: string; readonly host: string; readonly isKept: boolean };

function detached(door: RulesDoor, half: RulesHalf, { main, host, isKept }: Detaching): RulesHalf {
  const domain = domainIn(door, half, main);
  const isIngest = domain.ingest.includes(host);
  if (!isIngest && !aliasesOf(domain).some((alias) => alias.name === host)) {
    throw notFound('HOST_NOT_FOUND', `${main} has no further host ${host}`, 'List the hosts.');
  }
  const next: DomainRule = {
    ...domain,
    ingest: domain.ingest.filter((each) => each !== host),
    backupIngest: domain.backupIngest.filter((each) => each !== host),
    aliases: domain.aliases.filter((each) => (typeof each === 'string' ? each : each.name) !== host),
  };
  const { tags: _, ...settings } = domain;
  const own: DomainRule = {
    ...{ ...settings, name: host, ingest: [], backupIngest: [], aliases: [], apps: [] },
    ...(isIngest && { play: { ...settings.play, protocols: [] } }),
  };
  const domains = (half.domains ?? []).map((each) => (each === domain ? next : each));
  return { ...half, domains: isKept ? [...domains, own] : domains };
}

function domainIn(door: RulesDoor, { domains = [] }: RulesHalf, name: string): DomainRule {
  const found = domains.find((each) => each.name === name);
  if (found !== undefined) return found;
  if (door.source.current().originOf('domains', name) === 'file') {
    const message = `the domain ${name} stands in the rules file`;
    throw new OperationError(409, 'FILE_OBJECT', message, 'Change the rules file.');
  }
  throw notFound('NOT_FOUND', `there is no domain ${name}`, 'List the domains.');
}
