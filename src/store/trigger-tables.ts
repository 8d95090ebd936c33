import { storable } from './outbox-entry.ts';
import type { Store } from './store.ts';

/** A trigger as it is kept. Times in ms since 1970. */
export type StoredTrigger = {
  readonly id: string;
  readonly workflow: string;
  readonly alias?: string;
  readonly settings: unknown;
  readonly isEnabled: boolean;
  readonly author: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

/** What has set off a trigger: a content of an object, once. */
export type StoredFiring = {
  readonly object: string;
  readonly content: string;
  readonly run?: string;
  readonly refusal?: string;
  readonly atMs: number;
};

type TriggerRow = Record<'id' | 'workflow' | 'author', string> & {
  readonly alias: string | null;
  readonly settings: unknown;
  readonly is_enabled: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
};

/** Triggers and what has set them off, for all nodes on one database. */
export class TriggerTables {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  async list(): Promise<StoredTrigger[]> {
    const text = 'select * from headwater.workflow_triggers order by created_at, id limit 5000';
    return (await this.#store.query<TriggerRow>(text)).map(triggerOf);
  }

  async find(id: string): Promise<StoredTrigger | undefined> {
    const rows = await this.#store.query<TriggerRow>('select * from headwater.workflow_triggers where id = $1', [id]);
    return rows.map(triggerOf)[0];
  }

  /** Adds it, or changes the one of its id. */
  async put(trigger: Omit<StoredTrigger, 'createdAtMs' | 'updatedAtMs'>): Promise<StoredTrigger> {
    const { id, workflow, alias = null, settings, isEnabled, author } = storable(trigger);
    const text = `insert into headwater.workflow_triggers (id, workflow, alias, settings, is_enabled, author)
      values ($1, $2, $3, $4, $5, $6)
      on conflict (id) do update set workflow = excluded.workflow, alias = excluded.alias,
        settings = excluded.settings, is_enabled = excluded.is_enabled, updated_at = now()
      returning *`;
    const values = [id, workflow, alias, JSON.stringify(settings), isEnabled, author];
    const [row] = await this.#store.query<TriggerRow>(text, values);
    if (row === undefined) throw new Error('a trigger was written but not returned');
    return triggerOf(row);
  }

  async remove(id: string): Promise<boolean> {
    const text = 'delete from headwater.workflow_triggers where id = $1 returning id';
    return (await this.#store.query(text, [id])).length > 0;
  }

  async isFired(trigger: string, object: string, content: string): Promise<boolean> {
    const text = `select 1 from headwater.workflow_trigger_objects
      where trigger_id = $1 and object = $2 and content = $3`;
    return (await this.#store.query(text, storable([trigger, object, content]))).length > 0;
  }

  async noteFiring(trigger: string, { object, content, run, refusal }: Omit<StoredFiring, 'atMs'>): Promise<void> {
    const text = `insert into headwater.workflow_trigger_objects (trigger_id, object, content, run_id, refusal)
      values ($1, $2, $3, $4, $5) on conflict do nothing`;
    await this.#store.query(text, storable([trigger, object, content, run ?? null, refusal ?? null]));
  }

  /** The newest first. */
  async firings(trigger: string, limit: number): Promise<StoredFiring[]> {
    const text = `select * from headwater.workflow_trigger_objects where trigger_id = $1 order by at desc limit $2`;
    type Row = { object: string; content: string; run_id: string | null; refusal: string | null; at: Date };
    return (await this.#store.query<Row>(text, [trigger, limit])).map((row) => ({
      ...{ object: row.object, content: row.content, atMs: row.at.getTime() },
      ...(row.run_id === null ? {} : { run: row.run_id }),
      ...(row.refusal === null ? {} : { refusal: row.refusal }),
    }));
  }
}

function triggerOf({ alias, is_enabled, created_at, updated_at, ...row }: TriggerRow): StoredTrigger {
  const times = { createdAtMs: created_at.getTime(), updatedAtMs: updated_at.getTime() };
  return { ...row, ...(alias === null ? {} : { alias }), isEnabled: is_enabled, ...times };
}
