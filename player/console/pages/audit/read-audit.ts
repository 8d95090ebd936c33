import { fields, list, number, text } from '../../answers/answer-fields.ts';
import type { ListPage } from '../../kit/index.ts';

export type AuditEntry = {
  readonly position: number;
  readonly at: string;
  readonly actor: string;
  readonly actorKind: string;
  readonly address: string;
  readonly action: string;
  readonly resource: string;
  readonly isRefused: boolean;
  readonly detail: string;
};

export function readAudit(answer: unknown): ListPage<AuditEntry> {
  const { entries, nextCursor } = fields(answer);
  return { rows: list(entries).map(readEntry), cursor: text(nextCursor) };
}

function readEntry(answer: unknown): AuditEntry {
  const { position, at, actor, actorKind, address, action, resource, outcome, detail } = fields(answer);
  return {
    position: number(position) ?? 0,
    at: text(at) ?? '',
    actor: text(actor) ?? '',
    actorKind: text(actorKind) ?? '',
    address: text(address) ?? '',
    action: text(action) ?? '',
    resource: text(resource) ?? '',
    isRefused: outcome === 'refused',
    detail: detailWords(detail),
  };
}

/** `stream: demo, reason: spam`: what was done, in one line. */
function detailWords(detail: unknown): string {
  return Object.entries(fields(detail))
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

/** What looking through the chain found. */
export function readVerdict(answer: unknown): { readonly entries: number; readonly problems: readonly string[] } {
  const { entries, problems } = fields(answer);
  return {
    entries: number(entries) ?? 0,
    problems: list(problems).map((each) => {
      const { number: at, problem } = fields(each);
      return `${String(at)}: ${String(problem)}`;
    }),
  };
}
