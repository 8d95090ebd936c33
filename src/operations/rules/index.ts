import type { Operation } from '../base/index.ts';
import { approvalOperations } from './approval-operations.ts';
import { hostMoveOperations } from './host-move-operations.ts';
import { keyOperations } from './key-operations.ts';
import { objectOperations } from './object-operations.ts';
import { revisionOperations } from './revision-operations.ts';
import type { RulesDoor } from './rules-door.ts';
import { rulesOperations } from './rules-operations.ts';

export { AliasUse } from './alias-use.ts';
export { type Approval, type ApprovalStore, Approvals, type Decided } from './approvals.ts';
export { type Changed, changeRules, fieldOf, invalid, placeInBody } from './change.ts';
export { keyAge, keyAgesOf } from './key-ages.ts';
export { changedSince } from './meanwhile.ts';
export { resourceOf, streamRuleId } from './rule-kinds.ts';
export { document, withStoredSecrets } from './rules-document.ts';
export type { RevisionHistory, RulesDoor, StoredRevision } from './rules-door.ts';
export { approval, fieldChange, reason, shownApproval, shownChanges } from './shown.ts';
export { touchedStreams } from './touched-streams.ts';

/** Everything that can be done to rules: as a whole, object by object, and in time. */
export function allRulesOperations(door: RulesDoor): readonly Operation[] {
  return [
    ...rulesOperations(door),
    ...revisionOperations(door),
    ...approvalOperations(door),
    ...keyOperations(door),
    ...objectOperations(door),
    ...hostMoveOperations(door),
  ];
}
