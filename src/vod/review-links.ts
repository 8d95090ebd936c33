import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { ReviewLinkTable, StoredReviewLink } from '../store/index.ts';
import { LibraryError } from './base/index.ts';

/** A link by which an asset is seen that is not published. Times in ms since 1970. */
export type ReviewLink = {
  readonly id: string;
  readonly asset: string;
  readonly note: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs?: number;
  readonly opened: number;
  readonly lastOpenedAtMs?: number;
};

/** A link as whoever makes it says it. */
export type NewReviewLink = {
  readonly asset: string;
  readonly note: string;
  readonly by: string;
  readonly forSeconds: number;
};

/** Links to assets for those who look before others may; each ends by itself and can be ended before. */
export class ReviewLinks {
  readonly #table: ReviewLinkTable;
  readonly #now: () => number;

  constructor({ table, now = Date.now }: { readonly table: ReviewLinkTable; readonly now?: () => number }) {
    this.#table = table;
    this.#now = now;
  }

  /** The token is said this once; only its hash is kept. */
  async create({ asset, note, by, forSeconds }: NewReviewLink): Promise<{ link: ReviewLink; token: string }> {
    const token = randomBytes(24).toString('base64url');
    const nowMs = this.#now();
    const row: StoredReviewLink = {
      ...{ id: randomUUID(), asset, tokenHash: hashOf(token), note, createdBy: by },
      ...{ createdAt: new Date(nowMs), expiresAt: new Date(nowMs + forSeconds * 1000) },
      ...{ revokedAt: null, opened: 0, lastOpenedAt: null },
    };
    await this.#table.insert(row);
    return { link: linkOf(row), token };
  }

  /** The newest first, also those that have ended. */
  async list(asset: string): Promise<ReviewLink[]> {
    return (await this.#table.list(asset)).map(linkOf);
  }

  /** Throws REVIEW_LINK_NOT_FOUND where there is none that is still in force. */
  async revoke(asset: string, id: string): Promise<void> {
    if (!(await this.#table.revoke(asset, id, new Date(this.#now())))) throw noLink();
  }

  /** What it leads to. Throws REVIEW_LINK_NOT_FOUND and REVIEW_LINK_ENDED. */
  async open(token: string): Promise<ReviewLink> {
    const nowMs = this.#now();
    const row = await this.#table.open(hashOf(token), new Date(nowMs));
    if (row === undefined) throw noLink();
    const link = linkOf(row);
    if (link.revokedAtMs === undefined && link.expiresAtMs > nowMs) return link;
    const why = link.revokedAtMs === undefined ? 'has expired' : 'was revoked';
    throw new LibraryError('REVIEW_LINK_ENDED', `the link ${why}`, 'Ask whoever sent it for a new one.');
  }
}

function noLink(): LibraryError {
  return new LibraryError('REVIEW_LINK_NOT_FOUND', 'there is no such link', 'Check that the whole of it was copied.');
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function linkOf(row: StoredReviewLink): ReviewLink {
  const { id, asset, note, createdBy, opened, revokedAt, lastOpenedAt } = row;
  return {
    ...{ id, asset, note, createdBy, opened },
    ...{ createdAtMs: row.createdAt.getTime(), expiresAtMs: row.expiresAt.getTime() },
    ...(revokedAt && { revokedAtMs: revokedAt.getTime() }),
    ...(lastOpenedAt && { lastOpenedAtMs: lastOpenedAt.getTime() }),
  };
}
