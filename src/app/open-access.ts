import { hostname } from 'node:os';
import { Access, type AccessOptions, ClientAddresses, type ViewerSession, ViewerSessions } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import type { Registry } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { guardedAgent } from '../notify/index.ts';
import type { Capacity } from '../operations/index.ts';
import type { Base } from './base.ts';
import { sessionTokenKeys } from './cluster-secrets.ts';
import { type CountryLookup, openCountryLookup } from './country-lookup.ts';
import type { State } from './open-state.ts';

type Neighbours = { readonly registry: Registry; readonly capacity: Capacity };

/** Who may publish and play, who does, and from where. */
export async function openAccess(
  { config, log, clock, closer }: Base,
  state: State,
  { registry, capacity }: Neighbours,
) {
  const { blocks, secrets, rules } = state;
  const { countryOf } = closer.add('country database', await openCountries(config, log));
  const lookup = countryOf ? { countryOf } : {};
  const remoteAgent = guardedAgent({ setBy: 'administrator', connectTimeoutMs: 3000 });
  closer.add('remote authentication', { close: () => remoteAgent.destroy() });
  const blockOf: AccessOptions['blockOf'] = (stream) => blocks.find(stream);
  const access = closer.add(
    'access',
    new Access({
      ...{
        rules,
        nowMs: clock.wallMs,
        sessionTokenKeys: sessionTokenKeys(config, secrets),
        blockOf,
        remoteAgent,
        ...lookup,
      },
      nodeName: config.nodeName ?? hostname(),
      onStopUntold: (url) => log.warn({ host: new URL(url).host }, 'an authentication server does not take on_stop'),
    }),
  );
  const ownerOf = ({ domain, app, stream: name }: ViewerSession) => registry.ownerOf({ domain, app, name }).name;
  const sessions = new ViewerSessions({
    limitsOf: (session) => capacity.viewerLimits({ ...session, stream: ownerOf(session) }),
    overrun: (session) => capacity.egressOverrun(session),
    ownerOf,
  });
  sessions.listen({ closed: ({ request, sessionId }) => request && access.left(request, sessionId) });
  return { access, sessions, clients: new ClientAddresses({ trustedProxies: config.trustedProxies }) };
}

function openCountries(config: Config, log: Logger): Promise<CountryLookup> {
  const fields = { file: config.countryDatabase };
  return openCountryLookup(config, {
    onLoaded: () => log.info(fields, 'country database loaded'),
    onRefused: (error) => log.error({ ...fields, error }, 'country database refused, the one before it stays'),
  });
}
