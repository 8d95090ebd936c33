import type { StreamId } from '../../live/index.ts';
import type { RulesSource } from '../../rules/index.ts';
import type { AliasUse } from './alias-use.ts';
import type { Approvals } from './approvals.ts';

/** One applied set of rules, with the document that the API changes. */
export type StoredRevision = {
  /** Counts up from 1. */
  readonly number: number;
  readonly created_at: Date;
  readonly author: string;
  readonly reason: string;
  readonly document: unknown;
};

/** The revisions in the database; what fails is the single call. */
export type RevisionHistory = {
  /** The newest first, those below `before`. */
  readonly list: (limit: number, before?: number) => Promise<readonly Omit<StoredRevision, 'document'>[]>;
  readonly get: (number: number) => Promise<StoredRevision | undefined>;
};

/** What the operations on rules need. */
export type RulesDoor = {
  readonly source: Pick<RulesSource, 'current' | 'apiDocument' | 'fileDocument' | 'check' | 'apply'>;
  readonly revisions: RevisionHistory;
  readonly approvals: Approvals;
  /** The same text for the same text, from which nobody learns what it was. */
  readonly fingerprint: (text: string) => string;
  /** Since when the rules have had a key, as far as the database knows. */
  readonly keySince: (key: string) => Date | undefined;
  readonly aliasUse: Pick<AliasUse, 'of'>;
  readonly newKey: () => string;
  readonly liveStreams: () => readonly StreamId[];
  /** Unix time. */
  readonly nowMs: () => number;
};
