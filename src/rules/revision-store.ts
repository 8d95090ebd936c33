import type { Transaction } from '../store/index.ts';
import type { RulesHalf } from './rules-half.ts';

/** A revision to be stored. */
export type NewRevision = {
  /** The revision that the change was made to; 0 for the first. */
  readonly base: number;
  readonly document: RulesHalf;
  readonly author: string;
  readonly reason: string;
  /** What else is stored with it, or not at all. */
  readonly also?: ((within: Transaction) => Promise<void>) | undefined;
};

/** A stored revision; its document is parsed again by whoever reads it. */
export type Revision = {
  /** Counts up from 1. */
  readonly number: number;
  readonly document: unknown;
  readonly author: string;
  readonly reason: string;
};

/** Where revisions outlive the node and reach the other nodes. Any call may fail; the current rules then stay. */
export interface RevisionStore {
  /** The new revision's number. Rejects with RevisionConflictError when `base` is not the latest. */
  append(revision: NewRevision): Promise<number>;
  latest(): Promise<Revision | undefined>;
  /** `listener` is called when there may be a new revision; once too often does no harm. Returns the way to stop it. */
  onNewRevision(listener: () => void): () => void;
}

/** Somebody else appended a revision first. */
export class RevisionConflictError extends Error {
  readonly code = 'REVISION_CONFLICT';
  readonly latest: number;

  constructor(latest: number) {
    super(`the latest revision is ${latest}`);
    this.name = 'RevisionConflictError';
    this.latest = latest;
  }
}
