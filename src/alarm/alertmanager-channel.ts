import type { AlarmNote, CallbackRequest } from '../notify/index.ts';
import type { AlarmChannelRule } from '../rules/index.ts';

/** Without news for so many times of what is agreed an Alertmanager takes an alarm for ended. */
const MISSED = 3;

/** Alarms as an Alertmanager takes them; one that lasts ends there by itself unless it is told again. */
export function alertmanagerRequest(
  notes: readonly AlarmNote[],
  { url = '', resendSeconds }: AlarmChannelRule,
  wallMs: number,
): CallbackRequest {
  const lasts = new Date(wallMs + MISSED * resendSeconds * 1000).toISOString();
  const alerts = notes.map((note) => ({
    labels: {
      alertname: note.code,
      severity: note.severity,
      subject: note.subject.name ?? '',
      node: note.node,
      ...named(note.subject),
      service: 'headwater',
    },
    annotations: { summary: note.title, description: note.sentence, runbook_url: note.runbook },
    startsAt: note.raisedAt,
    endsAt: note.clearedAt ?? lasts,
  }));
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', url: `${url.replace(/\/+$/, '')}/api/v2/alerts`, headers, body: JSON.stringify(alerts) };
}

/** A label without a value is none. */
function named({ domain, app, stream }: AlarmNote['subject']): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ domain, app, stream }).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
}
