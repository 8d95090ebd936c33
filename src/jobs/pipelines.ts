import type { Store } from '../store/index.ts';
import type { JsonObject } from './job.ts';
import { JobError } from './job-error.ts';
import { STEPS_CHANNEL } from './step-queue.ts';

/** There is always one of this id. */
export const DEFAULT_PIPELINE = 'default';
const DEFAULT_QUOTA = 100;

/** A queue of jobs. Times in ms since 1970. */
export type Pipeline = {
  readonly id: string;
  readonly name: string;
  /** Of a paused one no step is begun; those that run go on. */
  readonly state: 'Active' | 'Paused';
  /** So many steps are worked at the same time, on all workers together. */
  readonly quota: number;
  /** So many of them for one submitter at most; all where left out. */
  readonly submitterQuota?: number;
  /** Where messages of its jobs go, as whoever sends them has it. */
  readonly notify?: JsonObject;
  readonly createdAtMs: number;
};

export type PipelineChanges = Partial<Pick<Pipeline, 'name' | 'state' | 'quota'>> & {
  readonly submitterQuota?: number | null;
  readonly notify?: JsonObject | null;
};

type PipelineRow = {
  readonly id: string;
  readonly name: string;
  readonly state: Pipeline['state'];
  readonly quota: number;
  readonly submitter_quota: number | null;
  readonly notify: JsonObject | null;
  readonly created_at: Date;
};

/** The pipelines, for all nodes on one database. */
export class Pipelines {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async list(): Promise<Pipeline[]> {
    await this.ensureDefault();
    const text = 'select * from headwater.pipelines order by created_at, id';
    return (await this.#store.query<PipelineRow>(text)).map(pipelineOf);
  }

  async find(id: string): Promise<Pipeline | undefined> {
    if (id === DEFAULT_PIPELINE) await this.ensureDefault();
    const rows = await this.#store.query<PipelineRow>('select * from headwater.pipelines where id = $1', [id]);
    return rows.map(pipelineOf)[0];
  }

  /** Undefined where one of this id is there already. */
  async add(
    pipeline: Omit<Pipeline, 'createdAtMs' | 'state'> & Partial<Pick<Pipeline, 'state'>>,
  ): Promise<Pipeline | undefined> {
    const text = `insert into headwater.pipelines (id, name, state, quota, submitter_quota, notify)
      values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning *`;
    const { id, name, state = 'Active', quota, submitterQuota = null, notify } = pipeline;
    const values = [id, name, state, quota, submitterQuota, notify === undefined ? null : JSON.stringify(notify)];
    return (await this.#store.query<PipelineRow>(text, values)).map(pipelineOf)[0];
  }

  /** Undefined where there is none. */
  async update(id: string, changes: PipelineChanges): Promise<Pipeline | undefined> {
    if (id === DEFAULT_PIPELINE) await this.ensureDefault();
    const { name = null, state = null, quota = null, submitterQuota, notify } = changes;
    const text = `with changed as (
        update headwater.pipelines set name = coalesce($2, name), state = coalesce($3, state),
          quota = coalesce($4, quota), submitter_quota = case when $5 then $6 else submitter_quota end,
          notify = case when $7 then $8::jsonb else notify end, updated_at = now()
        where id = $1 returning *)
      select changed.*, pg_notify('${STEPS_CHANNEL}', '') from changed`;
    const values = [id, name, state, quota, submitterQuota !== undefined, submitterQuota ?? null];
    const told = [notify !== undefined, notify ? JSON.stringify(notify) : null];
    return (await this.#store.query<PipelineRow>(text, [...values, ...told])).map(pipelineOf)[0];
  }

  /** False where there is none; one with jobs that are not over stays, and so does the default one. */
  async remove(id: string): Promise<boolean> {
    if (id === DEFAULT_PIPELINE)
      throw new JobError('PIPELINE_IN_USE', 'the default pipeline stays', 'Pause it instead.');
    return this.#store.transaction(async (client) => {
      const found = await client.query('select 1 from headwater.pipelines where id = $1 for update', [id]);
      if (found.rows.length === 0) return false;
      const open = "select 1 from headwater.jobs where pipeline = $1 and state in ('submitted', 'running') limit 1";
      if ((await client.query(open, [id])).rows.length > 0) {
        const remedy = 'Wait until they are done, or cancel them; a paused pipeline begins no more.';
        throw new JobError('PIPELINE_IN_USE', `the pipeline ${id} has jobs that are not over`, remedy);
      }
      await client.query('delete from headwater.pipelines where id = $1', [id]);
      return true;
    });
  }

  /** Makes the default one where it is not there. */
  async ensureDefault(): Promise<void> {
    const text = 'insert into headwater.pipelines (id, name, quota) values ($1, $1, $2) on conflict do nothing';
    await this.#store.query(text, [DEFAULT_PIPELINE, DEFAULT_QUOTA]);
  }
}

function pipelineOf(row: PipelineRow): Pipeline {
  return {
    ...{ id: row.id, name: row.name, state: row.state, quota: row.quota },
    ...(row.submitter_quota !== null && { submitterQuota: row.submitter_quota }),
    ...(row.notify !== null && { notify: row.notify }),
    createdAtMs: row.created_at.getTime(),
  };
}
