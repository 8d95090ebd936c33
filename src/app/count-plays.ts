import type { RefusalCode } from '../access/index.ts';
import type { Metrics } from '../metrics/index.ts';

/** Access says no: answered with 403. */
const FORBIDDEN: ReadonlySet<string> = new Set<RefusalCode>([
  ...(['SIGNATURE_EXPIRED', 'SIGNATURE_INVALID', 'SIGNATURE_MISSING', 'STREAM_KEY_INVALID'] as const),
  ...(['SESSION_EXPIRED', 'SESSION_INVALID', 'IP_DENIED', 'REFERER_DENIED', 'USER_AGENT_DENIED'] as const),
  ...(['COUNTRY_DENIED', 'PROTOCOL_DENIED', 'REMOTE_DENIED', 'REVOKED', 'BLOCKED', 'USED', 'DOMAIN_STOPPED'] as const),
]);

/** Counts the answer to a play request; `domain` is undefined where the host is none of ours. */
export function countPlay(
  { plays, forbiddenPlays }: Metrics,
  protocol: string,
  result: string,
  domain: string | undefined,
): void {
  plays.inc({ protocol, result });
  if (domain !== undefined && FORBIDDEN.has(result)) forbiddenPlays.inc({ domain });
}
