import type { Condition, Observation } from './condition.ts';

export type ExpirySources = {
  readonly certificates: () => readonly { readonly names: readonly string[]; readonly expiresAtMs: number }[];
  readonly certificateDays: () => number;
  /** Who uses each key, and how many days it has been in use where that is known. */
  readonly keys: () => readonly { readonly owner: string; readonly ageDays: number | undefined }[];
  readonly keyDays: () => number;
  /** Host names that are refused from a time on. */
  readonly aliases: () => readonly { readonly name: string; readonly endsAtMs: number }[];
  readonly wallMs: () => number;
};

const DAY_MS = 86_400_000;
const TICKET_DAYS = 14;
const PAGE_DAYS = 3;
const ALIAS_DAYS = 7;
/** It changes with the day only. */
const LOOK_EVERY_MS = 10_000;

/** Certificates about to expire, keys that are due to be changed, aliases that are about to end. */
export function expiries(sources: ExpirySources): Condition {
  let found: Observation[] = [];
  let lookedAtMs = 0;
  return {
    codes: ['CERTIFICATE_EXPIRING', 'KEY_EXPIRING'],
    scope: 'node',
    look() {
      const now = sources.wallMs();
      if (Math.abs(now - lookedAtMs) < LOOK_EVERY_MS) return found;
      lookedAtMs = now;
      found = [...certificates(sources), ...keys(sources), ...aliases(sources)];
      return found;
    },
  };
}

/** A certificate becomes more urgent as its days go by, and is told again then. */
function certificates({ certificates: all, certificateDays, wallMs }: ExpirySources): Observation[] {
  const soonest = new Map<string, number>();
  for (const { names, expiresAtMs } of all())
    soonest.set(names.join(' ') || 'a certificate without names', expiresAtMs);
  return [...soonest].flatMap(([name, expiresAtMs]) => {
    const days = (expiresAtMs - wallMs()) / DAY_MS;
    if (days > certificateDays()) return [];
    const severity = days <= PAGE_DAYS ? 'page' : days <= TICKET_DAYS ? 'ticket' : 'info';
    const when = new Date(expiresAtMs).toISOString().slice(0, 10);
    const sentence =
      days <= 0 ? `The certificate for ${name} expired on ${when}.` : `The certificate for ${name} expires on ${when}.`;
    return [{ code: 'CERTIFICATE_EXPIRING', subject: { kind: 'certificate', name }, sentence, severity }];
  });
}

function keys({ keys: all, keyDays }: ExpirySources): Observation[] {
  const due = new Set(all().flatMap(({ owner, ageDays = 0 }) => (ageDays > keyDays() ? [owner] : [])));
  return [...due].map((name) => ({
    code: 'KEY_EXPIRING',
    subject: { kind: 'key', name },
    sentence: `A key of ${name} has been the same for more than ${keyDays()} days.`,
  }));
}

function aliases({ aliases: all, wallMs }: ExpirySources): Observation[] {
  return all().flatMap(({ name, endsAtMs }) => {
    const days = (endsAtMs - wallMs()) / DAY_MS;
    if (days > ALIAS_DAYS || days <= 0) return [];
    const when = new Date(endsAtMs).toISOString();
    const sentence = `The alias ${name} is refused from ${when} on.`;
    return [{ code: 'KEY_EXPIRING', subject: { kind: 'key', name: `alias ${name}` }, sentence, severity: 'ticket' }];
  });
}
