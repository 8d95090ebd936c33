import type { Transaction } from '../store/index.ts';

/** On which followers hear of new events. */
export const EVENTS_CHANNEL = 'headwater_job_events';

/** What can happen to a job, and to one of its steps. */
export type JobEventKind =
  | 'submitted'
  | 'started'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'retried'
  | `step_${'succeeded' | 'failed' | 'retried'}`;

export type NewJobEvent = { readonly jobId: string; readonly kind: JobEventKind; readonly step?: string };

/** Adds events at the end of a transaction: its lock makes positions visible in their order, so no follower misses one. */
export async function noteEvents(client: Transaction, events: readonly NewJobEvent[]): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtext('headwater.job_events'))");
  const text = `insert into headwater.job_events (job_id, step, kind)
    select e.job_id, e.step, e.kind from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality e (job_id, step, kind, n)
    order by e.n`;
  const columns = [events.map(({ jobId }) => jobId), events.map(({ step }) => step ?? null), events.map((e) => e.kind)];
  await client.query(text, columns);
  await client.query("select pg_notify($1, '')", [EVENTS_CHANNEL]);
}
