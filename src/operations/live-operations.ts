import type { Access, ViewerLimits, ViewerSession, ViewerSessions } from '../access/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { CompiledRules } from '../rules/index.ts';
import type { Outbox } from '../store/index.ts';

/** Ends a stream and its publisher's connection; false when it is not live. */
export function kick(registry: Registry, id: StreamId): boolean {
  const publication = registry.publicationOf(id);
  publication?.dismiss('KICKED');
  return publication !== undefined;
}

/** Ends the sessions that the rules of now no longer allow. */
export function recheckSessions(access: Access, sessions: ViewerSessions): Promise<number> {
  return sessions.revalidate(({ request, openedAtMs, sessionId }) => {
    if (!request) return undefined;
    const verdict = access.recheck(request, { openedAtMs, sessionId });
    return verdict.allowed ? undefined : verdict.code;
  });
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

/** Events in order, after a cursor. */
export async function eventsAfter(outbox: Outbox, cursor: number, limit: number) {
  const events = await outbox.eventsSince(cursor, limit);
  return { events, cursor: events.at(-1)?.position ?? cursor };
}
