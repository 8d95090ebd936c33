import { and, asc, desc, eq } from 'drizzle-orm';
import { storable } from './outbox-entry.ts';
import { mediaTemplates } from './schema.ts';
import type { Store } from './store.ts';

export type StoredMediaTemplate = typeof mediaTemplates.$inferSelect;

export type MediaTemplateKind = StoredMediaTemplate['kind'];

/** What can be changed; what is left out stays. */
export type MediaTemplateChanges = Partial<Pick<StoredMediaTemplate, 'name' | 'body' | 'isDefault' | 'isLocked'>>;

const same = (kind: MediaTemplateKind, id: string) => and(eq(mediaTemplates.kind, kind), eq(mediaTemplates.id, id));

/** Templates that operators made. At most one of a kind is the default. */
export class MediaTemplateTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The newest first. */
  async list(kind: MediaTemplateKind): Promise<StoredMediaTemplate[]> {
    const found = this.#store.db.select().from(mediaTemplates).where(eq(mediaTemplates.kind, kind));
    return await found.orderBy(desc(mediaTemplates.createdAt), asc(mediaTemplates.id));
  }

  async find(kind: MediaTemplateKind, id: string): Promise<StoredMediaTemplate | undefined> {
    const [row] = await this.#store.db.select().from(mediaTemplates).where(same(kind, id));
    return row;
  }

  /** Undefined where the id is taken. */
  async add(
    template: Pick<StoredMediaTemplate, 'kind' | 'id' | 'name' | 'body'>,
  ): Promise<StoredMediaTemplate | undefined> {
    const values = { ...template, body: storable(template.body) };
    const [row] = await this.#store.db.insert(mediaTemplates).values(values).onConflictDoNothing().returning();
    return row;
  }

  /** Undefined where there is none. */
  async change(
    kind: MediaTemplateKind,
    id: string,
    changes: MediaTemplateChanges,
  ): Promise<StoredMediaTemplate | undefined> {
    return await this.#store.transaction(async (client) => {
      if (changes.isDefault) {
        // One at a time, or two would each take it from the one before.
        await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
        const text =
          'update headwater.media_templates set is_default = false where kind = $1 and is_default and id <> $2';
        await client.query(text, [kind, id]);
      }
      const { rows } = await client.query<Row>(
        `update headwater.media_templates set
           name = coalesce($3, name), body = coalesce($4::jsonb, body), is_default = coalesce($5, is_default),
           is_locked = coalesce($6, is_locked), modified_at = now()
         where kind = $1 and id = $2
         returning kind, id, name, body, is_default, is_locked, created_at, modified_at`,
        [
          ...[kind, id, changes.name ?? null, changes.body ? JSON.stringify(storable(changes.body)) : null],
          ...[changes.isDefault ?? null, changes.isLocked ?? null],
        ],
      );
      return rows[0] && templateOf(rows[0]);
    });
  }

  /** False where there is none. */
  async remove(kind: MediaTemplateKind, id: string): Promise<boolean> {
    return (await this.#store.db.delete(mediaTemplates).where(same(kind, id)).returning()).length > 0;
  }
}

const LOCK_KEY = 48_651_031;

type Row = Pick<StoredMediaTemplate, 'kind' | 'id' | 'name' | 'body'> & {
  readonly is_default: boolean;
  readonly is_locked: boolean;
  readonly created_at: Date;
  readonly modified_at: Date;
};

function templateOf({
  is_default: isDefault,
  is_locked: isLocked,
  created_at: createdAt,
  modified_at: modifiedAt,
  ...rest
}: Row) {
  return { ...rest, isDefault, isLocked, createdAt, modifiedAt };
}
