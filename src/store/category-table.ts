import { asc, inArray } from 'drizzle-orm';
import type { ClientBase } from 'pg';
import { assetCategories } from './schema.ts';
import type { Store } from './store.ts';

const LOCK_KEY = 48_651_028;

/** A branch of the tree. */
export type StoredCategory = typeof assetCategories.$inferSelect;

/** What one change of the tree can ask for and do; nobody else changes it meanwhile. */
export type CategoryEdit = {
  readonly all: () => Promise<StoredCategory[]>;
  readonly insert: (category: { name: string; parent: number | null }) => Promise<StoredCategory>;
  readonly update: (id: number, changes: { name?: string; parent?: number | null }) => Promise<void>;
  /** Assets of it are then of the other one, or of none. */
  readonly moveAssets: (from: number, to: number | null) => Promise<void>;
  readonly hasAssets: (id: number) => Promise<boolean>;
  readonly remove: (id: number) => Promise<void>;
};

/** The tree of categories. */
export class CategoryTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async all(): Promise<StoredCategory[]> {
    return await this.#store.db.select().from(assetCategories).orderBy(asc(assetCategories.id));
  }

  /** How many assets that are not in the trash are in each of them, not counting those further down. */
  async counts(ids: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const rows = await this.#store.query<{ category: number; count: number }>(
      `select category, count(*)::int as count from headwater.assets
       where category = any($1::bigint[]) and trashed_at is null group by category`,
      [ids],
    );
    return new Map(rows.map(({ category, count }) => [category, count]));
  }

  async get(ids: readonly number[]): Promise<StoredCategory[]> {
    return await this.#store.db
      .select()
      .from(assetCategories)
      .where(inArray(assetCategories.id, [...ids]));
  }

  /** One change at a time, on all nodes. */
  edit<T>(work: (edit: CategoryEdit) => Promise<T>): Promise<T> {
    return this.#store.transaction(async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
      return await work(editWith(client));
    });
  }
}

function editWith(client: ClientBase): CategoryEdit {
  const columns = 'id, parent, name, created_at as "createdAt"';
  return {
    all: async () =>
      (await client.query<StoredCategory>(`select ${columns} from headwater.asset_categories order by id`)).rows,
    insert: async ({ name, parent }) => {
      const text = `insert into headwater.asset_categories (name, parent) values ($1, $2) returning ${columns}`;
      const [row] = (await client.query<StoredCategory>(text, [name, parent])).rows;
      if (row === undefined) throw new Error('a category was written but not returned');
      return row;
    },
    update: async (id, { name, parent }) => {
      const text = `update headwater.asset_categories set name = coalesce($2, name),
        parent = case when $3 then $4::bigint else parent end where id = $1`;
      await client.query(text, [id, name ?? null, parent !== undefined, parent ?? null]);
    },
    moveAssets: async (from, to) => {
      await client.query('update headwater.assets set category = $2 where category = $1', [from, to]);
    },
    hasAssets: async (id) => {
      const text = 'select 1 from headwater.assets where category = $1 limit 1';
      return (await client.query(text, [id])).rows.length > 0;
    },
    remove: async (id) => {
      await client.query('delete from headwater.asset_categories where id = $1', [id]);
    },
  };
}
