import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import { ApsaraError, action, DONE, everyPage, invalidParameter, type ServedAction } from '../../base/index.ts';
import { type Host, hostNamed } from './host.ts';
import { domainName } from './names.ts';

const mapping = z.object({ PullDomain: domainName, PushDomain: domainName });
const playMapping = z.object({ PullDomain: domainName, PlayDomain: domainName });

/** Which push domains and sub-streaming domains belong to a streaming domain. */
export const mappingActions: readonly ServedAction[] = [
  action({
    name: 'AddLiveDomainMapping',
    summary: 'What is pushed to a push domain is played from a streaming domain',
    differs:
      'push domains of one streaming domain share their push settings and keys: the first brings its own along, the others take those. Callbacks, stream keys and settings for streams of the push domain become those of the streaming domain. A push domain has one streaming domain',
    input: mapping,
    run: async ({ input: { PullDomain, PushDomain }, ask }) => {
      const [pull, push] = [await mainOf(ask, PullDomain, 'PullDomain'), await hostNamed(ask, PushDomain)];
      if (push.use !== 'ingest') throw invalidParameter('PushDomain', `${PushDomain} is no push domain (liveEdge)`);
      expectFree(push, pull);
      await ask('attachHost', { params: { name: pull.domain }, body: { host: PushDomain, use: 'ingest' } });
      return DONE;
    },
  }),
  action({
    name: 'DeleteLiveDomainMapping',
    summary: 'Separates a push domain from its streaming domain',
    differs:
      'the push domain keeps a copy of the push settings; callbacks and settings for streams stay with the streaming domain',
    input: mapping,
    run: ({ input: { PullDomain, PushDomain }, ask }) => separate(ask, PullDomain, PushDomain, 'ingest'),
  }),
  action({
    name: 'AddLiveDomainPlayMapping',
    summary: 'Makes a streaming domain a sub-streaming domain: a further host of the viewers of another',
    differs: 'a sub-streaming domain has the settings and keys of its main domain; its own end with the mapping',
    input: playMapping,
    run: async ({ input: { PullDomain, PlayDomain }, ask }) => {
      const [pull, play] = [await mainOf(ask, PullDomain, 'PullDomain'), await hostNamed(ask, PlayDomain)];
      if (play.use !== 'playback')
        throw invalidParameter('PlayDomain', `${PlayDomain} is no streaming domain (liveVideo)`);
      expectFree(play, pull);
      await ask('attachHost', { params: { name: pull.domain }, body: { host: PlayDomain, use: 'playback' } });
      return DONE;
    },
  }),
  action({
    name: 'DeleteLiveDomainPlayMapping',
    summary: 'Makes a sub-streaming domain a streaming domain of its own again',
    differs: 'it keeps a copy of the settings and keys of its main domain',
    input: playMapping,
    run: ({ input: { PullDomain, PlayDomain }, ask }) => separate(ask, PullDomain, PlayDomain, 'playback'),
  }),
  action({
    name: 'DescribeLiveDomainMapping',
    summary:
      'The domains that belong to one: its main streaming domain (pull), sub-streaming domains (play), push domains (push)',
    input: z.object({ DomainName: domainName }),
    run: async ({ input: { DomainName }, ask }) => {
      const { domain } = await hostNamed(ask, DomainName);
      const all = await everyPage<Host>(ask, 'listHosts', 'hosts');
      const LiveDomainModel = all
        .filter((host) => host.domain === domain && host.host !== DomainName)
        .map((host) => ({ DomainName: host.host, Type: typeOf(host) }));
      return { LiveDomainModels: { LiveDomainModel } };
    },
  }),
];

const typeOf = ({ use, isDomain }: Host) => (use === 'ingest' ? 'push' : isDomain ? 'pull' : 'play');

/** Only a streaming domain of its own has others. */
async function mainOf(ask: Ask, name: string, parameter: string): Promise<Host> {
  const host = await hostNamed(ask, name);
  if (host.use !== 'playback') throw invalidParameter(parameter, `${name} is no streaming domain (liveVideo)`);
  if (!host.isDomain)
    throw invalidParameter(parameter, `${name} is a sub-streaming domain of ${host.domain}; name that`);
  return host;
}

function expectFree({ host, domain, isDomain }: Host, pull: Host): void {
  if (isDomain) return;
  const message =
    domain === pull.host
      ? `${host} is mapped to it already.`
      : `${host} is mapped to ${domain}; delete that mapping first.`;
  throw new ApsaraError(400, 'ConfigAlreadyExists', message);
}

async function separate(ask: Ask, pull: string, name: string, use: Host['use']) {
  const [main, host] = [await hostNamed(ask, pull), await hostNamed(ask, name)];
  if (host.isDomain || host.domain !== main.host || host.use !== use) {
    throw new ApsaraError(404, 'InvalidMapping.NotFound', `${name} is not mapped to ${pull}.`);
  }
  await ask('detachHost', { params: { name: main.host, host: name }, query: { keep: 'true' } });
  return DONE;
}
