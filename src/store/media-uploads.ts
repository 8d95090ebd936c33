import { and, asc, desc, eq, gt, inArray, lt, or, sql } from 'drizzle-orm';
import { storable } from './outbox-entry.ts';
import { mediaUploads, uploadParts, uploadPieces, uploadSessions, urlFetches } from './schema.ts';
import type { Store } from './store.ts';

/** An upload as it was asked for. */
export type StoredMediaUpload = typeof mediaUploads.$inferSelect;

/** Bytes on their way in. */
export type StoredUploadSession = typeof uploadSessions.$inferSelect;

/** A part of a session that a client numbers. */
export type StoredUploadPart = typeof uploadParts.$inferSelect;

export type NewMediaUpload = typeof mediaUploads.$inferInsert;

export type NewUploadSession = typeof uploadSessions.$inferInsert;

type UploadState = StoredMediaUpload['state'];

/** Which uploads to list, the newest first; `before` is the last one of the page before. */
export type MediaUploadFilter = {
  readonly state?: UploadState | undefined;
  readonly batch?: string | undefined;
  readonly asset?: string | undefined;
  readonly owner?: string | undefined;
  readonly before?: { readonly createdAtMs: number; readonly id: string } | undefined;
  readonly limit: number;
};

const ALIVE: UploadState[] = ['open', 'storing', 'stored'];
const KEPT_DAYS = 30;

/** Uploads of media, and what has come of each. */
export class MediaUploadTables {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  /** False where an upload of the same object is under way. */
  async insert(upload: NewMediaUpload, fetches = false): Promise<boolean> {
    return this.#store.db.transaction(async (db) => {
      const rows = await db
        .insert(mediaUploads)
        .values(storable(upload) as NewMediaUpload)
        .onConflictDoNothing()
        .returning({ id: mediaUploads.id });
      if (rows.length === 0) return false;
      if (fetches) {
        await db.insert(urlFetches).values({ uploadId: upload.id });
        await db.execute(sql`select pg_notify('headwater_url_fetches', '')`);
      }
      return true;
    });
  }

  async find(id: string): Promise<StoredMediaUpload | undefined> {
    return (await this.#store.db.select().from(mediaUploads).where(eq(mediaUploads.id, id)))[0];
  }

  /** The newest upload of an asset. */
  async findByAsset(asset: string): Promise<StoredMediaUpload | undefined> {
    const rows = this.#store.db.select().from(mediaUploads).where(eq(mediaUploads.asset, asset));
    return (await rows.orderBy(desc(mediaUploads.createdAt)).limit(1))[0];
  }

  async list({ before, limit, ...filter }: MediaUploadFilter): Promise<StoredMediaUpload[]> {
    const { state, batch, asset, owner } = filter;
    const place =
      before &&
      sql`(date_trunc('milliseconds', ${mediaUploads.createdAt}), ${mediaUploads.id})
      < (to_timestamp(${before.createdAtMs}::float8 / 1000), ${before.id}::uuid)`;
    return this.#store.db
      .select()
      .from(mediaUploads)
      .where(
        and(
          state && eq(mediaUploads.state, state),
          batch === undefined ? undefined : eq(mediaUploads.batch, batch),
          asset === undefined ? undefined : eq(mediaUploads.asset, asset),
          owner === undefined ? undefined : eq(mediaUploads.owner, owner),
          place,
        ),
      )
      .orderBy(desc(sql`date_trunc('milliseconds', ${mediaUploads.createdAt})`), desc(mediaUploads.id))
      .limit(limit);
  }

  /** The row afterwards; undefined where it was in none of the states `from`. */
  async change(
    id: string,
    changes: Partial<NewMediaUpload>,
    from: readonly UploadState[],
  ): Promise<StoredMediaUpload | undefined> {
    const rows = await this.#store.db
      .update(mediaUploads)
      .set({ ...(storable(changes) as Partial<NewMediaUpload>), updatedAt: sql`now()` as unknown as Date })
      .where(and(eq(mediaUploads.id, id), inArray(mediaUploads.state, [...from])))
      .returning();
    return rows[0];
  }

  /** Those that nobody has moved for so long although they are in mid-storing, and those whose time is over. */
  async unsettled(stillMs: number): Promise<StoredMediaUpload[]> {
    return this.#store.db
      .select()
      .from(mediaUploads)
      .where(
        or(
          and(inArray(mediaUploads.state, ['storing', 'stored']), sql`${mediaUploads.updatedAt} < ${ago(stillMs)}`),
          and(eq(mediaUploads.state, 'open'), sql`${mediaUploads.expiresAt} < now()`),
        ),
      )
      .limit(100);
  }

  /** Whether an upload of the object is under way. */
  async aliveAt(storage: string, object: string): Promise<StoredMediaUpload | undefined> {
    const is = and(
      eq(mediaUploads.storage, storage),
      eq(mediaUploads.object, object),
      inArray(mediaUploads.state, ALIVE),
    );
    return (await this.#store.db.select().from(mediaUploads).where(is))[0];
  }

  async insertSession(session: NewUploadSession): Promise<StoredUploadSession> {
    const [row] = await this.#store.db
      .insert(uploadSessions)
      .values(storable(session) as NewUploadSession)
      .returning();
    if (!row) throw new Error('a new session has a row');
    return row;
  }

  async session(id: string): Promise<StoredUploadSession | undefined> {
    return (await this.#store.db.select().from(uploadSessions).where(eq(uploadSessions.id, id)))[0];
  }

  async sessionsOf(uploadId: string): Promise<StoredUploadSession[]> {
    return this.#store.db.select().from(uploadSessions).where(eq(uploadSessions.uploadId, uploadId));
  }

  /** Open multipart uploads whose objects begin so, by object and id. */
  async multiparts(storage: string, prefix: string, limit: number): Promise<StoredUploadSession[]> {
    return this.#store.db
      .select()
      .from(uploadSessions)
      .where(
        and(
          eq(uploadSessions.storage, storage),
          eq(uploadSessions.way, 'multipart'),
          eq(uploadSessions.state, 'open'),
          sql`starts_with(${uploadSessions.object}, ${prefix})`,
        ),
      )
      .orderBy(asc(uploadSessions.object), asc(uploadSessions.id))
      .limit(limit);
  }

  /** With `writer` only where that one still writes; undefined where not. */
  async changeSession(
    id: string,
    changes: Partial<NewUploadSession>,
    writer?: string,
  ): Promise<StoredUploadSession | undefined> {
    const rows = await this.#store.db
      .update(uploadSessions)
      .set({ ...changes, updatedAt: sql`now()` as unknown as Date })
      .where(and(eq(uploadSessions.id, id), writer === undefined ? undefined : eq(uploadSessions.writer, writer)))
      .returning();
    return rows[0];
  }

  /** How far apart the parts of a session begin: as far as whoever asks first says. */
  async takeSlots(id: string, slotBytes: number): Promise<number> {
    const rows = await this.#store.db
      .update(uploadSessions)
      .set({ slotBytes: sql`coalesce(${uploadSessions.slotBytes}, ${slotBytes})` as unknown as number })
      .where(eq(uploadSessions.id, id))
      .returning({ slotBytes: uploadSessions.slotBytes });
    return rows[0]?.slotBytes ?? slotBytes;
  }

  async removeSession(id: string): Promise<void> {
    await this.#store.db.delete(uploadSessions).where(eq(uploadSessions.id, id));
  }

  /** Sessions whose time is over. */
  async endedSessions(): Promise<StoredUploadSession[]> {
    const isOver = sql`${uploadSessions.expiresAt} < now()`;
    return this.#store.db.select().from(uploadSessions).where(isOver).limit(100);
  }

  /** Sessions that have all their bytes and that nobody has moved for so long. */
  async wholeSessions(stillMs: number): Promise<StoredUploadSession[]> {
    return this.#store.db
      .select()
      .from(uploadSessions)
      .where(
        and(
          eq(uploadSessions.state, 'open'),
          eq(uploadSessions.way, 'tus'),
          sql`${uploadSessions.receivedBytes} = ${uploadSessions.sizeBytes}`,
          sql`${uploadSessions.updatedAt} < ${ago(stillMs)}`,
        ),
      )
      .limit(100);
  }

  async openSessionIds(): Promise<string[]> {
    const rows = await this.#store.db
      .select({ id: uploadSessions.id })
      .from(uploadSessions)
      .where(eq(uploadSessions.state, 'open'));
    return rows.map(({ id }) => id);
  }

  /** And so many bytes more, or less, have been received. */
  async putPart(part: typeof uploadParts.$inferInsert, moreBytes: number): Promise<void> {
    await this.#store.db.transaction(async (db) => {
      await db
        .insert(uploadParts)
        .values(part)
        .onConflictDoUpdate({
          target: [uploadParts.sessionId, uploadParts.number],
          set: { ...part, modifiedAt: sql`now()` as unknown as Date },
        });
      const receivedBytes = sql`${uploadSessions.receivedBytes} + ${moreBytes}` as unknown as number;
      await db.update(uploadSessions).set({ receivedBytes }).where(eq(uploadSessions.id, part.sessionId));
    });
  }

  async removePart(sessionId: string, number: number): Promise<void> {
    const is = and(eq(uploadParts.sessionId, sessionId), eq(uploadParts.number, number));
    await this.#store.db.delete(uploadParts).where(is);
  }

  async part(sessionId: string, number: number): Promise<StoredUploadPart | undefined> {
    const is = and(eq(uploadParts.sessionId, sessionId), eq(uploadParts.number, number));
    return (await this.#store.db.select().from(uploadParts).where(is))[0];
  }

  /** In the order of their numbers. */
  async parts(sessionId: string, { after = 0, limit = 20_000 } = {}): Promise<StoredUploadPart[]> {
    return this.#store.db
      .select()
      .from(uploadParts)
      .where(and(eq(uploadParts.sessionId, sessionId), gt(uploadParts.number, after)))
      .orderBy(asc(uploadParts.number))
      .limit(limit);
  }

  /** Parts that follow without a gap on those that are in pieces. */
  async partsForPieces(sessionId: string): Promise<StoredUploadPart[]> {
    const [row] = await this.#store.query<{ last: number }>(
      'select coalesce(max(number), 0) as last from headwater.upload_parts where session_id = $1 and piece is not null',
      [sessionId],
    );
    const after = row?.last ?? 0;
    const parts = await this.parts(sessionId, { after });
    return parts.filter(({ number }, index) => number === after + index + 1);
  }

  /** Parts that are none of these. */
  async removePartsBut(sessionId: string, numbers: readonly number[]): Promise<void> {
    const text = 'delete from headwater.upload_parts where session_id = $1 and number <> all($2::integer[])';
    await this.#store.query(text, [sessionId, numbers]);
  }

  /** The last whole session of an object. */
  async lastDone(storage: string, object: string): Promise<StoredUploadSession | undefined> {
    const is = and(
      eq(uploadSessions.storage, storage),
      eq(uploadSessions.object, object),
      eq(uploadSessions.state, 'done'),
    );
    const rows = this.#store.db.select().from(uploadSessions).where(is);
    return (await rows.orderBy(desc(uploadSessions.updatedAt)).limit(1))[0];
  }

  /** In their order. */
  async pieces(sessionId: string): Promise<(typeof uploadPieces.$inferSelect)[]> {
    return this.#store.db
      .select()
      .from(uploadPieces)
      .where(eq(uploadPieces.sessionId, sessionId))
      .orderBy(asc(uploadPieces.number));
  }

  /** A piece is in the bucket, and with it these parts. */
  async putPiece(piece: typeof uploadPieces.$inferInsert, parts: readonly number[] = []): Promise<void> {
    const { sessionId, number } = piece;
    await this.#store.db.transaction(async (db) => {
      const target = [uploadPieces.sessionId, uploadPieces.number];
      await db.insert(uploadPieces).values(piece).onConflictDoUpdate({ target, set: piece });
      if (parts.length === 0) return;
      const are = and(eq(uploadParts.sessionId, sessionId), inArray(uploadParts.number, [...parts]));
      await db.update(uploadParts).set({ piece: number }).where(are);
    });
  }

  /** How the fetch of an upload goes. */
  async fetchOf(uploadId: string): Promise<typeof urlFetches.$inferSelect | undefined> {
    return (await this.#store.db.select().from(urlFetches).where(eq(urlFetches.uploadId, uploadId)))[0];
  }

  /** Removes what is long over. */
  async prune(): Promise<void> {
    const isOld = lt(mediaUploads.finishedAt, sql`now() - make_interval(days => ${KEPT_DAYS})`);
    await this.#store.db.delete(mediaUploads).where(isOld);
  }
}

const ago = (ms: number) => sql`now() - ${ms}::float8 * interval '1 ms'`;
