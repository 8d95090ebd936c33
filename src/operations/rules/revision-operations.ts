import { z } from 'zod';
import { SERVER } from '../../identity/index.ts';
import { changesBetween, documentOf, halfSchema } from '../../rules/index.ts';
import { Accepted, nextCursor, notFound, type Operation, OperationError, operation, pageQuery } from '../base/index.ts';
import { changeRules } from './change.ts';
import type { RulesDoor, StoredRevision } from './rules-door.ts';
import { approval, fieldChange, reason, shownApproval, shownChanges, shownDocument } from './shown.ts';

const number = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const params = z.strictObject({ number });
const summary = {
  number: z.int(),
  at: z.iso.datetime(),
  author: z.string(),
  reason: z.string(),
  isCurrent: z.boolean(),
};
const revision = z.strictObject(summary).meta({ id: 'Revision' });

/** Every state that the API's document has had. */
export function revisionOperations(door: RulesDoor): readonly Operation[] {
  const at = { area: 'Revisions', path: '/rules/revisions/{number}', params, resource: () => SERVER } as const;
  return [
    operation({
      ...{ name: 'listRevisions', area: 'Revisions', method: 'get', path: '/rules/revisions', action: 'rules:read' },
      summary: 'Who changed the rules, when and why; the newest first',
      resource: () => SERVER,
      query: pageQuery(),
      answer: z.strictObject({ revisions: z.array(revision), nextCursor }),
      run: async ({ query: { limit, cursor } }) => {
        const found = await door.revisions.list(limit + 1, cursor === undefined ? undefined : numberIn(cursor));
        const shown = found.slice(0, limit).map((each) => summaryOf(door, each));
        const last = found.length > limit ? shown.at(-1) : undefined;
        return { revisions: shown, ...(last && { nextCursor: String(last.number) }) };
      },
    }),
    operation({
      ...{ name: 'getRevision', method: 'get', action: 'rules:read', ...at },
      summary: 'A revision with its document',
      answer: z.strictObject({ ...summary, rules: halfSchema }),
      run: async ({ params, caller }) => {
        const found = await revisionOf(door, params.number);
        return { ...summaryOf(door, found), rules: shownDocument(caller, documentOf(found.document)) } as never;
      },
    }),
    operation({
      ...{ name: 'diffRevision', method: 'get', action: 'rules:read', ...at },
      path: '/rules/revisions/{number}/diff',
      summary: 'What a revision changed, field by field',
      query: z.strictObject({ against: number.optional().describe('The one before it where it is left out') }),
      answer: z.strictObject({ number: z.int(), against: z.int(), changes: z.array(fieldChange) }),
      run: async ({ params, query, caller }) => {
        const against = query.against ?? params.number - 1;
        const found = await revisionOf(door, params.number);
        const before = against === 0 ? {} : (await revisionOf(door, against)).document;
        const changes = changesBetween(documentOf(before), documentOf(found.document));
        return { number: params.number, against, changes: shownChanges(caller, changes) };
      },
    }),
    operation({
      ...{ name: 'rollBackRules', method: 'post', action: 'rules:write', ...at },
      path: '/rules/revisions/{number}/rollback',
      summary: 'Makes the document of a revision the newest one',
      query: z.strictObject({ reason }),
      answer: z.strictObject({ revision: z.int(), changes: z.array(fieldChange) }),
      accepted: approval,
      run: async (call) => {
        const { number } = call.params;
        const { document } = await revisionOf(door, number);
        const changed = await changeRules(door, call, {
          reason: call.query.reason || `back to revision ${number}`,
          edit: () => document,
          detail: { rolledBackTo: number },
        });
        if (changed.state === 'pending')
          return new Accepted(shownApproval(call.caller, changed.approval, door.nowMs()));
        return { revision: changed.revision, changes: shownChanges(call.caller, changed.changes) };
      },
    }),
  ];
}

async function revisionOf(door: RulesDoor, number: number): Promise<StoredRevision> {
  const found = await door.revisions.get(number);
  if (found === undefined)
    throw notFound('REVISION_NOT_FOUND', `there is no revision ${number}`, 'List the revisions.');
  return found;
}

function summaryOf(door: RulesDoor, { number, created_at, author, reason }: Omit<StoredRevision, 'document'>) {
  const isCurrent = number === door.source.current().revision;
  return { number, at: created_at.toISOString(), author, reason, isCurrent };
}

function numberIn(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new OperationError(400, 'BAD_CURSOR', 'no page ended with this cursor', 'Use nextCursor as it was given.');
}
