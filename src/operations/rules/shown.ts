import { z } from 'zod';
import { type Caller, RISKS } from '../../identity/index.ts';
import { fieldChanges, hideSecrets, type ObjectChange, type RulesHalf } from '../../rules/index.ts';
import type { Approval } from './approvals.ts';
import { readActionOf, resourceOf } from './rule-kinds.ts';

/** Why a rule is changed, for whoever reads the revisions. */
export const reason = z.string().max(200).default('').describe('Why; it stands in the revision');

export const fieldChange = z
  .strictObject({
    path: z.string().describe('`domains[play.example.com].push.auth.key1`'),
    before: z.unknown().describe('null where there was nothing'),
    after: z.unknown().describe('null where nothing is left'),
  })
  .meta({ id: 'FieldChange' });

export const approval = z
  .strictObject({
    id: z.string(),
    state: z.enum(['pending', 'approved', 'rejected', 'expired']),
    author: z.string(),
    reason: z.string(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    risks: z.array(z.enum(RISKS)).describe('Why it needs a second person'),
    changes: z.array(fieldChange),
    decidedBy: z.string().optional(),
    decidedAt: z.iso.datetime().optional(),
    revision: z.int().optional().describe('The revision that it became'),
  })
  .meta({ id: 'Approval' });

/** Whether the keys of what this belongs to may be seen. */
export function seesSecrets(caller: Caller, kind: ObjectChange['kind'], object: unknown): boolean {
  return caller.may('rules:secrets', resourceOf(kind, object)).allowed;
}

/** Whether the caller may read what changed, before and after. */
export function maySee(caller: Caller, { kind, before, after }: ObjectChange): boolean {
  return [before, after].every(
    (object) => object === undefined || caller.may(readActionOf(kind), resourceOf(kind, object)).allowed,
  );
}

/** Changes field by field, those that the caller may read, with keys for whoever may see them. */
export function shownChanges(caller: Caller, changes: readonly ObjectChange[]) {
  return changes
    .filter((change) => maySee(caller, change))
    .flatMap((change) => fieldChanges(change, seesSecrets(caller, change.kind, change.after ?? change.before)))
    .map((change) => ({ ...change }));
}

export function shownApproval(caller: Caller, each: Approval, nowMs: number): z.input<typeof approval> {
  const { id, author, state, decidedBy, decidedAt, revision, createdAt, expiresAt } = each;
  return {
    ...{ id, author, reason: each.reason, risks: [...each.risks], changes: shownChanges(caller, each.changes) },
    ...{ createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() },
    state: state === 'pending' && expiresAt.getTime() <= nowMs ? 'expired' : state,
    ...(decidedBy === null ? {} : { decidedBy }),
    ...(decidedAt === null ? {} : { decidedAt: decidedAt.toISOString() }),
    ...(revision === null ? {} : { revision }),
  };
}

/** A document with the keys that the caller may see. */
export function shownDocument(caller: Caller, half: RulesHalf): RulesHalf {
  const lists = Object.entries(half).map(([kind, list]) => [
    kind,
    Array.isArray(list)
      ? list.map((each) => (seesSecrets(caller, kind as ObjectChange['kind'], each) ? each : hideSecrets(each)))
      : list,
  ]);
  return Object.fromEntries(lists);
}
