import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { reviewLinks } from './schema.ts';
import type { Store } from './store.ts';

/** A link to an asset that is not published. */
export type StoredReviewLink = typeof reviewLinks.$inferSelect;

/** Links by which people look at assets before they are published. */
export class ReviewLinkTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async insert(link: StoredReviewLink): Promise<void> {
    await this.#store.db.insert(reviewLinks).values(link);
  }

  /** The newest first. */
  async list(asset: string): Promise<StoredReviewLink[]> {
    return await this.#store.db
      .select()
      .from(reviewLinks)
      .where(eq(reviewLinks.asset, asset))
      .orderBy(desc(reviewLinks.createdAt), desc(reviewLinks.id));
  }

  /** Counted as opened where it can be. */
  async open(tokenHash: string, at: Date): Promise<StoredReviewLink | undefined> {
    const set = { opened: sql`${reviewLinks.opened} + 1`, lastOpenedAt: at };
    const isOpen = and(isNull(reviewLinks.revokedAt), sql`${reviewLinks.expiresAt} > ${at}`);
    const has = eq(reviewLinks.tokenHash, tokenHash);
    const [opened] = await this.#store.db.update(reviewLinks).set(set).where(and(has, isOpen)).returning();
    if (opened) return opened;
    const [found] = await this.#store.db.select().from(reviewLinks).where(has);
    return found;
  }

  /** False where there is none of this id that still is in force. */
  async revoke(asset: string, id: string, at: Date): Promise<boolean> {
    const which = and(eq(reviewLinks.asset, asset), eq(reviewLinks.id, id), isNull(reviewLinks.revokedAt));
    return (await this.#store.db.update(reviewLinks).set({ revokedAt: at }).where(which).returning()).length > 0;
  }
}
