import { randomUUID } from 'node:crypto';
import type { StreamId } from '../live/index.ts';
import { type ApprovalStore, Approvals, type RulesDoor } from '../operations/index.ts';
import { RuleApprovals, randomBase62 } from '../store/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';

const KEY_LENGTH = 32;

/** What the operations on rules are given. */
export function rulesDoor({ config, clock }: Base, state: State, liveStreams: () => readonly StreamId[]): RulesDoor {
  const { store, box, revisions, rulesSource, status, aliasUse } = state;
  const nowMs = clock.wallMs;
  return {
    source: rulesSource,
    revisions,
    approvals: new Approvals({
      // The changes are written and read by the same release of this program, or by a later one.
      store: new RuleApprovals({ store, box }) as unknown as ApprovalStore,
      ...{ risks: config.control.secondPerson, newId: randomUUID, nowMs },
    }),
    fingerprint: (text) => box.fingerprint(text),
    keySince: (key) => status.keySince(key),
    newKey: () => randomBase62(KEY_LENGTH),
    ...{ aliasUse, liveStreams, nowMs },
  };
}
