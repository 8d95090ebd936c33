import {
  type Access,
  type AccessRequest,
  addressGroup,
  type ViewerLimits,
  type ViewerSession,
  type ViewerSessions,
} from '../access/index.ts';
import { type Registry, type StreamId, streamKey } from '../live/index.ts';
import type { CompiledRules } from '../rules/index.ts';
import type { Publishers } from './publishers.ts';

/** Ends a stream and its publisher's connection; false when it is not live. */
export function kick(registry: Registry, id: StreamId): boolean {
  const publication = registry.publicationOf(id);
  publication?.dismiss('KICKED');
  return publication !== undefined;
}

/** Ends the viewers' sessions that the rules of now no longer allow. */
export function recheckSessions(rules: CompiledRules, access: Access, sessions: ViewerSessions): Promise<number> {
  return sessions.revalidate(({ request, token, openedAtMs, sessionId }) => {
    const current = request && byRulesOfNow(rules, request);
    if (!current) return request ? 'UNKNOWN_HOST' : undefined;
    const verdict =
      token === undefined ? access.recheck(current, { openedAtMs, sessionId }) : access.playSession(current, token);
    return verdict.allowed ? undefined : verdict.code;
  });
}

/** Ends the publishers that the rules of now no longer allow; says how many. */
export function recheckPublishers(
  rules: CompiledRules,
  access: Access,
  { publishers, registry }: { readonly publishers: Publishers; readonly registry: Registry },
): number {
  let ended = 0;
  for (const { sessionId, id, request, startedWallMs } of [...publishers.infos()]) {
    const publication = registry.publicationOf(id);
    if (publication?.publisher.sessionId !== sessionId) continue;
    const current = byRulesOfNow(rules, request);
    if (current && access.recheck(current, { openedAtMs: startedWallMs }).allowed) continue;
    publication.dismiss('KICKED');
    ended++;
  }
  return ended;
}

/** The limit that one more publisher would break; a publisher of the same name doesn't count, as it gives way. */
export function publisherLimit(
  rules: CompiledRules,
  publishers: Publishers,
  id: StreamId,
  address: string,
): { readonly limit: number } | undefined {
  const limits = rules.domain(id.domain)?.limits;
  if (!limits || (limits.publishers === 0 && limits.publishersPerAddress === 0)) return undefined;
  const others = [...publishers.infos()].filter(
    (each) => each.id.domain === id.domain && streamKey(each.id) !== streamKey(id),
  );
  const group = addressGroup(address);
  const fromThere = others.filter((each) => addressGroup(each.address) === group);
  if (limits.publishers > 0 && others.length >= limits.publishers) return { limit: limits.publishers };
  const { publishersPerAddress } = limits;
  return publishersPerAddress > 0 && fromThere.length >= publishersPerAddress
    ? { limit: publishersPerAddress }
    : undefined;
}

/** Requests carry the rule that they were let in by; what counts is the domain as it is now. */
function byRulesOfNow<T extends AccessRequest>(rules: CompiledRules, request: T): T | undefined {
  const domain = rules.domain(request.domain.name);
  return domain && { ...request, domain };
}

/** How many viewers the rules allow where this one is. */
export function viewerLimits(rules: CompiledRules, { domain, app, stream }: ViewerSession): ViewerLimits {
  const rule = rules.domain(domain);
  return {
    stream: rules.settingsFor(domain, app, stream).delivery.maxViewers,
    domain: rule?.limits.viewers ?? 0,
    address: rule?.limits.viewersPerAddress ?? 0,
    uid: rule?.play.sessionsPerUid ?? 0,
  };
}
