import { hostname } from 'node:os';
import {
  Access,
  type AccessOptions,
  AddressRates,
  ClientAddresses,
  type Newcomer,
  type SharedLimits,
  ViewerSessions,
  type ViewerSessionsOptions,
} from '../access/index.ts';
import type { Config } from '../config/index.ts';
import type { Registry } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { guardedAgent } from '../notify/index.ts';
import type { Capacity } from '../operations/index.ts';
import { isLoopback } from '../rules/index.ts';
import { UsedSignatures } from '../store/index.ts';
import type { Base } from './base.ts';
import { sessionTokenKeys } from './cluster-secrets.ts';
import { type CountryLookup, openCountryLookup } from './country-lookup.ts';
import type { State } from './open-state.ts';

type Neighbours = {
  readonly registry: Registry;
  readonly capacity: Capacity;
  readonly shut: NonNullable<ViewerSessionsOptions['shut']>;
  readonly shared: () => SharedLimits | undefined;
};

/** Who may publish and play, who does, and from where. */
export async function openAccess(
  { config, log, clock, closer }: Base,
  state: State,
  { registry, capacity, shut, shared }: Neighbours,
) {
  const { blocks, secrets, rules, store } = state;
  const { countryOf } = closer.add('country database', await openCountries(config, log));
  const lookup = countryOf ? { countryOf } : {};
  const remoteAgent = guardedAgent({ setBy: 'administrator', connectTimeoutMs: 3000 });
  closer.add('remote authentication', { close: () => remoteAgent.destroy() });
  const clients = new ClientAddresses({ trustedProxies: config.trustedProxies });
  const blockOf: AccessOptions['blockOf'] = (stream) => blocks.find(stream);
  const sharedSignatures = closer.add(
    'used signatures',
    new UsedSignatures({
      ...{ store, wallMs: clock.wallMs },
      onFailure: (error) => log.warn({ error }, 'used signatures could not be shared'),
    }),
  );
  const access = closer.add(
    'access',
    new Access({
      refusals: new AddressRates({
        ...{ limit: config.limits.refusalsPerAddress, windowMs: 60_000, nowMs: clock.nowMs },
        isExempt: (address) => isLoopback(address) || clients.isTrusted(address),
      }),
      ...{
        rules,
        nowMs: clock.wallMs,
        sessionTokenKeys: sessionTokenKeys(config, secrets),
        blockOf,
        remoteAgent,
        sharedSignatures,
        ...lookup,
      },
      nodeName: config.nodeName ?? hostname(),
      onStopUntold: (url) => log.warn({ host: new URL(url).host }, 'an authentication server does not take on_stop'),
    }),
  );
  const ownerOf = ({ domain, app, stream: name }: Newcomer) => registry.ownerOf({ domain, app, name }).name;
  const sessions = new ViewerSessions({
    limitsOf: (session) => capacity.viewerLimits({ ...session, stream: ownerOf(session) }),
    overrun: (session) => capacity.egressOverrun(session),
    ...{ ownerOf, shut, shared },
  });
  sessions.listen({ closed: ({ request, sessionId }) => request && access.left(request, sessionId) });
  return { access, sessions, clients };
}

function openCountries(config: Config, log: Logger): Promise<CountryLookup> {
  const fields = { file: config.countryDatabase };
  return openCountryLookup(config, {
    onLoaded: () => log.info(fields, 'country database loaded'),
    onRefused: (error) => log.error({ ...fields, error }, 'country database refused, the one before it stays'),
  });
}
