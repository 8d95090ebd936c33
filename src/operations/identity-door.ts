import type { Accounts, Directory, Gate, SecondFactor, Sessions } from '../identity/index.ts';
import type { AuditEntry, AuditFilter, AuditRow, AuditVerdict } from '../store/index.ts';

/** Who may, and who did. */
export type IdentityDoor = {
  readonly gate: Gate;
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly secondFactor: SecondFactor;
  readonly sessions: Sessions;
  readonly audit: {
    /** Never fails and is never waited for: what cannot be written is in the log. */
    readonly record: (entry: Omit<AuditEntry, 'atMs'>) => void;
    readonly list: (filter: AuditFilter) => Promise<readonly AuditRow[]>;
    readonly verify: () => Promise<AuditVerdict>;
  };
};
