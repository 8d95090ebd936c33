import { countryAllowed, ipAllowed, refererAllowed, userAgentAllowed } from './lists.ts';
import { type AccessRequest, type CountryOf, isPublish, type PlayRequest } from './request.ts';
import { type Refusal, refusal } from './verdict.ts';

export type ClientCheck = {
  readonly name: 'domain' | 'protocol' | 'ip' | 'country' | 'referer' | 'userAgent';
  /** What the check looks at, for `explain`. */
  readonly subject: string;
  readonly refusal: Refusal | undefined;
};

/** The checks of who asks and how, cheapest first; a session that is under way is not asked for its Referer again. */
export function* clientChecks(
  request: AccessRequest,
  options: { readonly countryOf: CountryOf; readonly isUnderWay: boolean },
): Generator<ClientCheck> {
  const { enabled, name } = request.domain;
  if (!enabled) yield { name: 'domain', subject: `${name} is stopped`, refusal: refusal('DOMAIN_STOPPED') };
  if (isPublish(request)) {
    const isIn = ipAllowed(request.domain.push.ip, request.address);
    yield { name: 'ip', subject: request.address, refusal: isIn ? undefined : refusal('IP_DENIED') };
    return;
  }
  yield protocolCheck(request);
  const { play } = request.domain;
  const isIn = ipAllowed(play.ip, request.address);
  yield { name: 'ip', subject: request.address, refusal: isIn ? undefined : refusal('IP_DENIED') };
  yield userAgentCheck(request);
  if (!options.isUnderWay) yield refererCheck(request);
  if (play.country.list.length > 0) yield countryCheck(request, options.countryOf);
}

function protocolCheck({ domain, protocol }: PlayRequest): ClientCheck {
  const isOn = domain.play.protocols.includes(protocol);
  return { name: 'protocol', subject: protocol, refusal: isOn ? undefined : refusal('PROTOCOL_DENIED') };
}

function userAgentCheck({ domain, userAgent }: PlayRequest): ClientCheck {
  const isIn = userAgentAllowed(domain.play.userAgent, userAgent);
  return { name: 'userAgent', subject: userAgent ?? '', refusal: isIn ? undefined : refusal('USER_AGENT_DENIED') };
}

function refererCheck({ domain, referer }: PlayRequest): ClientCheck {
  const isIn = refererAllowed(domain.play.referer, referer);
  return { name: 'referer', subject: referer ?? '', refusal: isIn ? undefined : refusal('REFERER_DENIED') };
}

function countryCheck({ domain, address, headers }: PlayRequest, countryOf: CountryOf): ClientCheck {
  const country = countryOf(address, headers);
  const isIn = countryAllowed(domain.play.country, country);
  return { name: 'country', subject: country ?? 'unknown', refusal: isIn ? undefined : refusal('COUNTRY_DENIED') };
}
