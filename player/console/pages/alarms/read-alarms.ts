import { fields, list, text } from '../../answers/answer-fields.ts';
import type { ListPage } from '../../kit/index.ts';

export type Severity = 'page' | 'ticket' | 'info';

export type Alarm = {
  readonly id: string;
  readonly code: string;
  readonly severity: Severity;
  readonly title: string;
  readonly sentence: string;
  readonly subject: string;
  /** Where it is about one stream. */
  readonly stream?: { readonly domain: string; readonly app: string; readonly name: string };
  readonly node: string;
  readonly raisedAt: string;
  readonly clearedAt: string | undefined;
  readonly acknowledged?: { readonly by: string; readonly at: string; readonly note: string };
  readonly silencedUntil: string | undefined;
};

export type Silence = {
  readonly id: string;
  readonly code: string;
  readonly subject: string;
  readonly until: string;
  readonly by: string;
  readonly reason: string;
};

export function readAlarms(answer: unknown): ListPage<Alarm> {
  const { alarms, nextCursor } = fields(answer);
  return { rows: list(alarms).map(readAlarm), cursor: text(nextCursor) };
}

export function readOpenAlarms(answer: unknown): readonly Alarm[] {
  return readAlarms(answer).rows.toSorted((a, b) => urgency(a) - urgency(b) || b.raisedAt.localeCompare(a.raisedAt));
}

/** The most severe first, whether or not somebody looks after it. */
export function bySeverity(alarms: readonly Alarm[]): readonly Alarm[] {
  return alarms.toSorted((a, b) => RANKS[a.severity] - RANKS[b.severity]);
}

const RANKS: Readonly<Record<Severity, number>> = { page: 0, ticket: 1, info: 2 };

/** What nobody looks after comes first, the worst of it before the rest. */
function urgency({ acknowledged, silencedUntil, severity }: Alarm): number {
  const isLookedAfter = acknowledged !== undefined || silencedUntil !== undefined;
  return (isLookedAfter ? 10 : 0) + RANKS[severity];
}

function readAlarm(answer: unknown): Alarm {
  const { id, code, severity, title, sentence, subject, node, raisedAt, clearedAt, acknowledged, silencedUntil } =
    fields(answer);
  const { name, domain, app, stream } = fields(subject);
  const { by, at, note } = fields(acknowledged);
  const [inDomain, inApp, streamName] = [text(domain), text(app), text(stream)];
  const isOneStream = inDomain !== undefined && !inDomain.includes('*') && inApp !== undefined;
  return {
    ...{ id: text(id) ?? '', code: text(code) ?? '', severity: severityOf(severity), title: text(title) ?? '' },
    ...{ sentence: text(sentence) ?? '', subject: text(name) ?? '', node: text(node) ?? '' },
    ...(isOneStream && streamName !== undefined && { stream: { domain: inDomain, app: inApp, name: streamName } }),
    ...{ raisedAt: text(raisedAt) ?? '', clearedAt: text(clearedAt), silencedUntil: text(silencedUntil) },
    ...(text(by) !== undefined && {
      acknowledged: { by: text(by) ?? '', at: text(at) ?? '', note: text(note) ?? '' },
    }),
  };
}

function severityOf(given: unknown): Severity {
  return given === 'page' || given === 'ticket' ? given : 'info';
}

export function readSilences(answer: unknown): readonly Silence[] {
  return list(fields(answer).silences).map((silence) => {
    const { id, code, subject, until, by, reason } = fields(silence);
    return {
      ...{ id: text(id) ?? '', code: text(code) ?? '', subject: text(subject) ?? '' },
      ...{ until: text(until) ?? '', by: text(by) ?? '', reason: text(reason) ?? '' },
    };
  });
}

export type Channel = { readonly id: string; readonly kind: string; readonly where: string; readonly isOn: boolean };

export function readChannels(answer: unknown): readonly Channel[] {
  return list(fields(answer).alarmChannels).map((channel) => {
    const { id, kind, url, to, enabled } = fields(channel);
    const where = text(url) ?? list(to).map(String).join(', ');
    return { id: text(id) ?? '', kind: text(kind) ?? '', where, isOn: enabled !== false };
  });
}
