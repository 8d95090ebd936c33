import { randomUUID } from 'node:crypto';
import { storable } from './outbox-entry.ts';
import type { Store, Transaction } from './store.ts';

/** A version as it is kept. Times in ms since 1970. */
export type StoredVersion = {
  readonly workflow: string;
  readonly version: number;
  readonly source: string;
  readonly definition: unknown;
  readonly author: string;
  readonly createdAtMs: number;
};

export type StoredWorkflow = { readonly name: string; readonly latest: number; readonly createdAtMs: number };

export type StoredAlias = {
  readonly alias: string;
  readonly version: number;
  readonly next?: { readonly version: number; readonly percent: number };
  readonly author: string;
  readonly updatedAtMs: number;
};

/** A run's own part; the job of the same id has the rest. */
export type StoredRun = {
  readonly id: string;
  readonly workflow: string;
  readonly version: number;
  readonly alias?: string;
  readonly trigger?: string;
  readonly input: unknown;
  readonly submitter: string;
  readonly createdAtMs: number;
};

/** A run with what its job is, where that is kept still. */
export type ListedRun = StoredRun & { readonly state?: string; readonly percent?: number };

/** The newest first; `before` is the last one of the page before. */
export type RunPage = {
  readonly limit: number;
  readonly before?: { readonly createdAtMs: number; readonly id: string } | undefined;
};

type VersionRow = Omit<StoredVersion, 'createdAtMs'> & { readonly created_at: Date };
type AliasRow = Record<'alias' | 'author', string> & {
  readonly version: number;
  readonly next_version: number | null;
  readonly next_percent: number;
  readonly updated_at: Date;
};
type RunRow = Omit<StoredRun, 'alias' | 'trigger' | 'createdAtMs'> & {
  readonly alias: string | null;
  readonly trigger_id: string | null;
  readonly created_at: Date;
};

/** Workflows, their versions, aliases and runs, for all nodes on one database. */
export class WorkflowTables {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async list(): Promise<StoredWorkflow[]> {
    const text = 'select name, latest, created_at from headwater.workflows order by name limit 5000';
    const rows = await this.#store.query<{ name: string; latest: number; created_at: Date }>(text);
    return rows.map(({ name, latest, created_at }) => ({ name, latest, createdAtMs: created_at.getTime() }));
  }

  /** The first version, undefined where there is a workflow of this name; or the next one, undefined where there is none. */
  publish(
    workflow: string,
    { isNew, ...version }: Pick<StoredVersion, 'source' | 'definition' | 'author'> & { readonly isNew: boolean },
  ): Promise<StoredVersion | undefined> {
    return this.#store.transaction(async (client) => {
      const text = isNew
        ? 'insert into headwater.workflows (name, latest) values ($1, 1) on conflict do nothing returning latest'
        : 'update headwater.workflows set latest = latest + 1 where name = $1 returning latest';
      const { rows } = await client.query<{ latest: number }>(text, [workflow]);
      const latest = rows[0]?.latest;
      if (latest === undefined) return undefined;
      const { source, definition, author } = storable(version);
      const inserted = await client.query<VersionRow>(
        `insert into headwater.workflow_versions (workflow, version, source, definition, author)
         values ($1, $2, $3, $4, $5) returning *`,
        [workflow, latest, source, JSON.stringify(definition), author],
      );
      return inserted.rows.map(versionOf)[0];
    });
  }

  /** The newest where no version is named. */
  async version(workflow: string, version?: number): Promise<StoredVersion | undefined> {
    const text = `select v.* from headwater.workflow_versions v join headwater.workflows w on w.name = v.workflow
      where v.workflow = $1 and v.version = coalesce($2, w.latest)`;
    return (await this.#store.query<VersionRow>(text, [workflow, version ?? null])).map(versionOf)[0];
  }

  async versions(workflow: string): Promise<StoredVersion[]> {
    const text = `select * from headwater.workflow_versions where workflow = $1 order by version desc limit 1000`;
    return (await this.#store.query<VersionRow>(text, [workflow])).map(versionOf);
  }

  /** With its versions and aliases; its runs stay. False where there is none. */
  async remove(workflow: string): Promise<boolean> {
    const text = 'delete from headwater.workflows where name = $1 returning name';
    return (await this.#store.query(text, [workflow])).length > 0;
  }

  async aliases(workflow: string): Promise<StoredAlias[]> {
    const text = 'select * from headwater.workflow_aliases where workflow = $1 order by alias limit 1000';
    return (await this.#store.query<AliasRow>(text, [workflow])).map(aliasOf);
  }

  async setAlias(
    workflow: string,
    { alias, version, next, author }: Omit<StoredAlias, 'updatedAtMs'>,
  ): Promise<StoredAlias | undefined> {
    const text = `insert into headwater.workflow_aliases (workflow, alias, version, next_version, next_percent, author)
      values ($1, $2, $3, $4, $5, $6)
      on conflict (workflow, alias) do update set version = excluded.version, next_version = excluded.next_version,
        next_percent = excluded.next_percent, author = excluded.author, updated_at = now()
      returning *`;
    const values = [workflow, alias, version, next?.version ?? null, next?.percent ?? 0, author];
    return (await this.#store.query<AliasRow>(text, values)).map(aliasOf)[0];
  }

  async removeAlias(workflow: string, alias: string): Promise<boolean> {
    const text = 'delete from headwater.workflow_aliases where workflow = $1 and alias = $2 returning alias';
    return (await this.#store.query(text, [workflow, alias])).length > 0;
  }

  /** Writes the run, together with whatever `submit` does. The same id twice is the first one. */
  addRun(
    run: Omit<StoredRun, 'createdAtMs' | 'id'> & { readonly id?: string | undefined },
    submit: (transaction: Transaction, id: string) => Promise<void>,
  ): Promise<StoredRun> {
    return this.#store.transaction(async (client) => {
      const { id = randomUUID(), workflow, version, alias = null, trigger = null, input, submitter } = storable(run);
      const inserted = await client.query<RunRow>(
        `insert into headwater.workflow_runs (id, workflow, version, alias, trigger_id, input, submitter)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning *`,
        [id, workflow, version, alias, trigger, JSON.stringify(input), submitter],
      );
      if (inserted.rows[0]) {
        await submit(client, id);
        return runOf(inserted.rows[0]);
      }
      const found = await client.query<RunRow>('select * from headwater.workflow_runs where id = $1', [id]);
      return runOf(found.rows[0] as RunRow);
    });
  }

  async run(id: string): Promise<StoredRun | undefined> {
    const rows = await this.#store.query<RunRow>('select * from headwater.workflow_runs where id = $1', [id]);
    return rows.map(runOf)[0];
  }

  async runs(workflow: string, { limit, before }: RunPage): Promise<ListedRun[]> {
    const text = `select run.*, job.state, job.percent from headwater.workflow_runs run
      left join headwater.jobs job on job.id = run.id
      where run.workflow = $1 and ($2::float8 is null
        or (date_trunc('milliseconds', run.created_at), run.id) < (to_timestamp($2::float8 / 1000), $3::uuid))
      order by date_trunc('milliseconds', run.created_at) desc, run.id desc limit $4`;
    const values = [workflow, before?.createdAtMs ?? null, before?.id ?? null, limit];
    const rows = await this.#store.query<RunRow & { state: string | null; percent: number | null }>(text, values);
    return rows.map(({ state, percent, ...row }) => ({
      ...runOf(row),
      ...(state === null ? {} : { state }),
      ...(percent === null ? {} : { percent: Math.round(percent) }),
    }));
  }
}

function versionOf({ created_at, ...row }: VersionRow): StoredVersion {
  return { ...row, createdAtMs: created_at.getTime() };
}

function aliasOf({ alias, version, next_version, next_percent, author, updated_at }: AliasRow): StoredAlias {
  const next = next_version === null ? {} : { next: { version: next_version, percent: next_percent } };
  return { alias, version, ...next, author, updatedAtMs: updated_at.getTime() };
}

function runOf({ alias, trigger_id: trigger, created_at, ...row }: RunRow): StoredRun {
  return {
    ...row,
    ...(alias === null ? {} : { alias }),
    ...(trigger === null ? {} : { trigger }),
    createdAtMs: created_at.getTime(),
  };
}
