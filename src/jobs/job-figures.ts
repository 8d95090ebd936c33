import type { Store } from '../store/index.ts';

/** How much there is to do in a pipeline. */
export type PipelineLoad = {
  readonly pipeline: string;
  /** Steps that could run, and those that do. */
  readonly pending: number;
  readonly running: number;
  /** Steps that wait for others. */
  readonly waiting: number;
  readonly oldestSeconds: number;
  /** Jobs that failed, and those of them within a day. */
  readonly failed: number;
  readonly failedLately: number;
};

/** What there is to do, for metrics, alarms and whoever adds workers; pipelines with nothing are there, too. */
export async function pipelineLoads(store: Store): Promise<PipelineLoad[]> {
  const text = `select p.id as pipeline,
      coalesce(s.pending, 0) as pending, coalesce(s.running, 0) as running, coalesce(s.waiting, 0) as waiting,
      coalesce(s.oldest, 0)::float8 as "oldestSeconds",
      coalesce(f.failed, 0) as failed, coalesce(f.lately, 0) as "failedLately"
    from headwater.pipelines p
    left join (
      select pipeline,
        count(*) filter (where state = 'pending' and (lease_until is null or lease_until < now())) as pending,
        count(*) filter (where state = 'pending' and lease_until >= now()) as running,
        count(*) filter (where state = 'waiting') as waiting,
        greatest(0, extract(epoch from now() - min(greatest(ready_at, next_attempt_at))
          filter (where state = 'pending' and (lease_until is null or lease_until < now())))) as oldest
      from headwater.job_steps where state in ('pending', 'waiting') group by pipeline) s on s.pipeline = p.id
    left join (
      select pipeline, count(*) as failed,
        count(*) filter (where finished_at > now() - interval '1 day') as lately
      from headwater.jobs where state = 'failed' group by pipeline) f on f.pipeline = p.id
    order by p.id`;
  return store.query<PipelineLoad>(text);
}
