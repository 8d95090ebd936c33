import { and, eq, getTableColumns, inArray, isNull, lte, ne, notInArray, type SQL, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { type AssetCondition, type AssetOrder, conditionSql, orderSql, placeSql } from './asset-search.ts';
import { type NewMediaEvent, noteMediaEvents } from './media-events.ts';
import { storable } from './outbox-entry.ts';
import { assetFiles, assets } from './schema.ts';
import type { Store } from './store.ts';

/** An asset as the database has it. */
export type StoredAsset = typeof assets.$inferSelect;

/** What is asked for of one; what it is found by stays behind. */
export type ShownAsset = Omit<StoredAsset, 'words'>;

/** One of its files. */
export type StoredAssetFile = typeof assetFiles.$inferSelect;

/** What to change of an asset; what is left out stays as it is. */
export type AssetChanges = Partial<Omit<StoredAsset, 'id' | 'createdAt'>>;

/** Where the last asset of a page stands. */
export type AssetPlace = { readonly value: string; readonly id: string };

/** Which assets, in which order; either those behind a place, or so many skipped. */
export type AssetQuery = {
  readonly condition?: AssetCondition | undefined;
  readonly order: AssetOrder;
  readonly after?: AssetPlace | undefined;
  readonly skip?: number | undefined;
  readonly limit: number;
};

/** What happened to an asset: it came, changed or went, and what is known of why beside that. */
export type AssetChange = {
  readonly before?: ShownAsset | undefined;
  readonly after?: ShownAsset | undefined;
  readonly about?: Readonly<Record<string, unknown>> | undefined;
};

/** What is told of a change, in the transaction that makes it. */
export type AssetNews = (change: AssetChange) => readonly NewMediaEvent[];

const { words: _, ...SHOWN } = getTableColumns(assets);

/** The assets of the library with their files. */
export class AssetTables {
  readonly #store: Store;
  readonly #news: AssetNews;

  /** `news` is what events tell of each change; without it none are told. */
  constructor(store: Store, news: AssetNews = () => []) {
    this.#store = store;
    this.#news = news;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  /** False where its id or its reference id is taken. */
  async insert(asset: StoredAsset): Promise<boolean> {
    const after = await this.#changing(async (db) => {
      const insert = db.insert(assets).values(storableRow(asset)).onConflictDoNothing();
      const [row] = await insert.returning(SHOWN);
      return row && { after: row };
    });
    return after !== undefined;
  }

  /** By their ids, in no order. */
  async get(ids: readonly string[]): Promise<ShownAsset[]> {
    if (ids.length === 0) return [];
    return await this.#store.db
      .select(SHOWN)
      .from(assets)
      .where(inArray(assets.id, [...ids]));
  }

  async findByReference(referenceId: string): Promise<ShownAsset | undefined> {
    const [found] = await this.#store.db.select(SHOWN).from(assets).where(eq(assets.referenceId, referenceId));
    return found;
  }

  /**
   * Undefined where there is none, or none of these statuses. `data` is added to what is there; `about` is for what is
   * told of it.
   */
  async update(
    id: string,
    changes: AssetChanges,
    statuses?: readonly string[],
    about?: AssetChange['about'],
  ): Promise<ShownAsset | undefined> {
    const { data, ...plain } = changes;
    const isAllowed = statuses && inArray(assets.status, [...statuses]);
    const set: Record<string, unknown> = { modifiedAt: new Date(), ...plain };
    // Set to null, a part of it goes.
    if (data) set.data = sql`jsonb_strip_nulls(${assets.data} || ${JSON.stringify(storable(data))}::jsonb)`;
    const change = await this.#changing(async (db) => {
      const which = and(eq(assets.id, id), isAllowed);
      const [before] = await db.select(SHOWN).from(assets).where(which).for('update');
      if (before === undefined) return undefined;
      const [after] = await db.update(assets).set(set).where(eq(assets.id, id)).returning(SHOWN);
      return { before, after, about };
    });
    return change?.after;
  }

  async remove(id: string): Promise<void> {
    await this.#changing(async (db) => {
      const [before] = await db.delete(assets).where(eq(assets.id, id)).returning(SHOWN);
      return before && { before };
    });
  }

  /** With each its place, from which a next page goes on. */
  async list({
    condition,
    order,
    after,
    skip,
    limit,
  }: AssetQuery): Promise<{ asset: ShownAsset; place: AssetPlace }[]> {
    const rows = await this.#store.db
      .select({ asset: SHOWN, value: placeSql(order) })
      .from(assets)
      .where(and(conditionSql(condition), after && orderSql.behind(order, after)))
      .orderBy(...orderSql.by(order))
      .offset(skip ?? 0)
      .limit(limit);
    return rows.map(({ asset, value }) => ({ asset, place: { value, id: asset.id } }));
  }

  /** In the trash since before then, the longest first. */
  async trashedBefore(before: Date, limit: number, except: readonly string[]): Promise<ShownAsset[]> {
    return await this.#store.db
      .select(SHOWN)
      .from(assets)
      .where(and(lte(assets.trashedAt, before), notInArray(assets.id, [...except])))
      .orderBy(assets.trashedAt, assets.id)
      .limit(limit);
  }

  async count(condition?: AssetCondition): Promise<number> {
    const [row] = await this.#store.db
      .select({ count: sql<number>`count(*)::int` })
      .from(assets)
      .where(conditionSql(condition));
    return row?.count ?? 0;
  }

  /** By status; those in the trash apart. */
  figures(): Promise<{ status: string; assets: number; bytes: number }[]> {
    return this.#store.query(`
      select case when a.trashed_at is null then a.status else 'Trashed' end as status, count(*)::int as assets,
        coalesce(sum(f.bytes), 0)::float8 as bytes
      from headwater.assets a
        left join (select asset, sum(size_bytes) as bytes from headwater.asset_files group by asset) f on f.asset = a.id
      group by 1`);
  }

  /** In the place of what the asset had as this object before; false where there is no such asset. */
  async putFile(file: StoredAssetFile): Promise<boolean> {
    const row = storableRow(file);
    const { id: _, ...changes } = row;
    return await this.#store.db.transaction(async (db) => {
      const found = await db.select({ id: assets.id }).from(assets).where(eq(assets.id, file.asset)).for('share');
      if (found.length === 0) return false;
      const target = [assetFiles.asset, assetFiles.storage, assetFiles.object];
      await db.insert(assetFiles).values(row).onConflictDoUpdate({ target, set: changes });
      return true;
    });
  }

  /** Of one asset or several, the oldest first. */
  async files(ids: readonly string[], condition?: SQL): Promise<StoredAssetFile[]> {
    return await this.#store.db
      .select()
      .from(assetFiles)
      .where(and(inArray(assetFiles.asset, [...ids]), condition))
      .orderBy(assetFiles.createdAt, assetFiles.id);
  }

  async originalsBefore(
    before: Date,
    { elsewhereThan, except, limit }: { elsewhereThan: string; except: readonly string[]; limit: number },
  ): Promise<StoredAssetFile[]> {
    const shared = sql`exists (select 1 from headwater.asset_files o where o.storage = asset_files.storage
      and o.object = asset_files.object and o.asset <> asset_files.asset)`;
    const rows = await this.#store.db
      .select({ file: assetFiles })
      .from(assetFiles)
      .innerJoin(assets, eq(assets.id, assetFiles.asset))
      .where(
        and(
          ...[
            eq(assetFiles.role, 'original'),
            lte(assetFiles.createdAt, before),
            ne(assetFiles.storage, elsewhereThan),
          ],
          ...[eq(assets.status, 'Normal'), isNull(assets.trashedAt), notInArray(assetFiles.id, [...except])],
          ...[sql`not ${assets.data} ? 'live'`, sql`not ${assetFiles.data} ? 'parts'`, sql`not ${shared}`],
          sql`${assetFiles.data}->>'format' not in ('m3u8', 'mpd')`,
        ),
      )
      .orderBy(assetFiles.createdAt, assetFiles.id)
      .limit(limit);
    return rows.map(({ file }) => file);
  }

  async moveFile(id: string, { sha256, ...to }: { storage: string; object: string; sha256: string }): Promise<boolean> {
    const data = sql`${assetFiles.data} || ${JSON.stringify({ sha256 })}::jsonb`;
    const moved = await this.#store.db
      .update(assetFiles)
      .set({ ...to, data })
      .where(eq(assetFiles.id, id))
      .returning({ id: assetFiles.id });
    return moved.length > 0;
  }

  /** Which of these objects are of another asset, too. */
  async objectsOfOthers(id: string, storage: string, objects: readonly string[]): Promise<string[]> {
    if (objects.length === 0) return [];
    const rows = await this.#store.db
      .select({ object: assetFiles.object })
      .from(assetFiles)
      .where(and(eq(assetFiles.storage, storage), inArray(assetFiles.object, [...objects]), ne(assetFiles.asset, id)));
    return rows.map(({ object }) => object);
  }

  /** A change and what is told of it, both or neither. */
  #changing(work: (db: NodePgDatabase) => Promise<AssetChange | undefined>): Promise<AssetChange | undefined> {
    return this.#store.transaction(async (client) => {
      const change = await work(drizzle(client));
      if (change) await noteMediaEvents(client, this.#news(change));
      return change;
    });
  }

  async removeFile(id: string): Promise<void> {
    await this.#store.db.delete(assetFiles).where(eq(assetFiles.id, id));
  }

  /** Which asset has this object, be it a file of it. */
  async findByObject(storage: string, object: string): Promise<StoredAssetFile | undefined> {
    const [found] = await this.#store.db
      .select()
      .from(assetFiles)
      .where(and(eq(assetFiles.storage, storage), eq(assetFiles.object, object)))
      .orderBy(assetFiles.createdAt)
      .limit(1);
    return found;
  }
}

/** Times stay times; what PostgreSQL cannot hold in text goes. */
function storableRow<Row extends object>(row: Row): Row {
  const entries = Object.entries(row).map(([name, value]) => [name, value instanceof Date ? value : storable(value)]);
  return Object.fromEntries(entries) as Row;
}
