import type { Access, AccessRequest, ViewerSessions } from '../access/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { CompiledRules } from '../rules/index.ts';
import type { Publishers } from './publishers.ts';

/** Ends a stream and its publishers' connections; false when it is not live. */
export function kick(registry: Registry, id: StreamId): boolean {
  return registry.dismiss(id, 'KICKED');
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
    const publications = [...(registry.sourcesOf(id)?.publications.values() ?? [])];
    const publication = publications.find(({ publisher }) => publisher.sessionId === sessionId);
    if (!publication) continue;
    const current = request && byRulesOfNow(rules, request);
    if (!request && rules.domain(id.domain)?.enabled) continue;
    if (current && access.recheck(current, { openedAtMs: startedWallMs }).allowed) continue;
    publication.dismiss('KICKED');
    ended++;
  }
  return ended;
}

/** Requests carry the rule that they were let in by; what counts is the domain as it is now. */
function byRulesOfNow<T extends AccessRequest>(rules: CompiledRules, request: T): T | undefined {
  const domain = rules.domain(request.domain.name);
  return domain && { ...request, domain };
}
