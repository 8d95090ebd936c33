import { z } from 'zod';
import { withChanges } from '../../rules/index.ts';
import {
  type Call,
  nextCursor,
  notFound,
  type Operation,
  OperationError,
  operation,
  pageOf,
  pageQuery,
} from '../base/index.ts';
import { type Approval, personOf } from './approvals.ts';
import { note, refused, requireChange } from './change.ts';
import { resourceOf } from './rule-kinds.ts';
import type { RulesDoor } from './rules-door.ts';
import { approval, maySee, shownApproval } from './shown.ts';

const LISTED = 1000;
const params = z.strictObject({ id: z.uuid() });

/** Changes that wait for a second person. */
export function approvalOperations(door: RulesDoor): readonly Operation[] {
  const at = { area: 'Approvals', method: 'post', action: 'rules:approve', params, answer: approval } as const;
  return [
    operation({
      ...{ name: 'listApprovals', area: 'Approvals', method: 'get', path: '/approvals', action: 'rules:read' },
      summary: 'Changes that wait for a second person, and those that were decided on',
      query: z.strictObject({
        ...pageQuery().shape,
        state: z.enum(['pending', 'approved', 'rejected', 'expired']).optional(),
      }),
      answer: z.strictObject({ approvals: z.array(approval), nextCursor }),
      run: async ({ caller, query }) => {
        const visible = (await door.approvals.store.list(LISTED)).filter(({ changes }) =>
          changes.every((change) => maySee(caller, change)),
        );
        const shown = visible
          .map((each) => shownApproval(caller, each, door.nowMs()))
          .filter(({ state }) => query.state === undefined || state === query.state);
        // The newest first, in a list that is sorted upwards.
        const keyOf = (each: (typeof shown)[number]) => String(1e15 - Date.parse(each.createdAt)).concat(each.id);
        const { items, ...rest } = pageOf(shown, query, keyOf);
        return { approvals: items, ...rest };
      },
    }),
    operation({
      ...{ name: 'approve', path: '/approvals/{id}/approve', ...at },
      summary: "Makes another person's change",
      run: (call) => approve(door, call),
    }),
    operation({
      ...{ name: 'reject', path: '/approvals/{id}/reject', ...at },
      summary: 'Says no to a change; whoever asked for it may take it back in this way',
      run: async (call) => {
        const found = await pendingOne(door, call);
        const decided = await decide(door, found, 'rejected', call.caller.name, null);
        note(call, found.changes, { approval: found.id, rejected: true });
        return shownApproval(call.caller, decided, door.nowMs());
      },
    }),
  ];
}

type ApprovalCall = Call<z.output<typeof params>>;

async function approve(door: RulesDoor, call: ApprovalCall) {
  const found = await pendingOne(door, call);
  const { caller } = call;
  if (personOf(caller) === found.authorId) {
    const remedy = 'Ask somebody else who may approve changes.';
    throw new OperationError(403, 'SAME_PERSON', 'nobody approves what they asked for themselves', remedy);
  }
  const { revision: base } = door.source.current();
  const next = withChanges(door.source.apiDocument(), found.changes);
  if (next === undefined) {
    const message = 'the rules were changed meanwhile in the same places';
    throw new OperationError(409, 'RULES_CHANGED', message, 'Reject it, and have the change made again.');
  }
  const reason = `${found.reason === '' ? '' : `${found.reason} `}(approved by ${caller.name})`;
  const result = await door.source.apply(next, { author: found.author, reason, base });
  if (!result.ok) throw refused(result);
  const { revision } = result.compiled;
  const decided = await decide(door, found, 'approved', caller.name, revision);
  note(call, found.changes, { approval: found.id, revision, author: found.author });
  return shownApproval(caller, decided, door.nowMs());
}

async function pendingOne(door: RulesDoor, call: ApprovalCall): Promise<Approval> {
  const found = await door.approvals.store.get(call.params.id);
  if (found === undefined) throw notFound('APPROVAL_NOT_FOUND', 'there is no such change', 'List the approvals.');
  for (const change of found.changes) {
    for (const object of [change.before, change.after]) {
      if (object !== undefined) call.require(resourceOf(change.kind, object));
    }
    requireChange(call, change);
  }
  if (found.state !== 'pending') throw decidedAlready(found.state);
  if (found.expiresAt.getTime() <= door.nowMs()) {
    throw new OperationError(409, 'APPROVAL_EXPIRED', 'nobody decided on it in time', 'Have the change made again.');
  }
  return found;
}

async function decide(
  door: RulesDoor,
  found: Approval,
  state: 'approved' | 'rejected',
  decidedBy: string,
  revision: number | null,
): Promise<Approval> {
  const decided = { state, decidedBy, decidedAt: new Date(door.nowMs()), revision };
  if (!(await door.approvals.store.decide(found.id, decided))) throw decidedAlready('decided on');
  return { ...found, ...decided };
}

const decidedAlready = (how: string) =>
  new OperationError(409, 'ALREADY_DECIDED', `it was ${how} already`, 'List the approvals.');
