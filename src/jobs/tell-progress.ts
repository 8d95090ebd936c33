import type { Logger, Store } from '../store/index.ts';
import type { StepAttempt } from './step-run.ts';

const EVERY_MS = 1_000;

type Telling = { readonly store: Store; readonly log: Logger; readonly running: ReadonlySet<StepAttempt> };

/** Each second writes what running steps say of themselves, and breaks off those that were cancelled meanwhile. */
export function saySoon({ store, running }: Telling): () => Promise<void> {
  let telling: Promise<void> | undefined;
  const timer = setInterval(() => {
    if (running.size === 0 || store.state.kind !== 'ready') return;
    telling ??= tell(store, [...running])
      .catch(() => undefined)
      .finally(() => {
        telling = undefined;
      });
  }, EVERY_MS).unref();
  return async () => {
    clearInterval(timer);
    await telling;
  };
}

async function tell(store: Store, attempts: readonly StepAttempt[]): Promise<void> {
  const news = attempts.flatMap((attempt) => {
    const what = attempt.takeNews();
    return what ? [{ id: attempt.row.id, attempts: attempt.row.attempts, ...what }] : [];
  });
  if (news.length > 0) {
    const text = `with told as (
        update headwater.job_steps s set percent = n.percent, log = n.lines
        from jsonb_to_recordset($1::jsonb) n (id bigint, attempts integer, percent float8, lines jsonb)
        where s.id = n.id and s.attempts = n.attempts and s.state = 'pending' returning s.job_id)
      select distinct job_id from told`;
    const told = await store.query<{ job_id: string }>(text, [JSON.stringify(news)]);
    const jobs = `update headwater.jobs j set percent = greatest(j.percent, (
        select avg(case when s.state = 'succeeded' then 100 else s.percent end) from headwater.job_steps s where s.job_id = j.id))
      where id in (select id from headwater.jobs where id = any($1::uuid[]) order by id for update skip locked)`;
    await store.query(jobs, [told.map(({ job_id }) => job_id)]);
  }
  const text = `select id from headwater.job_steps where id = any($1::bigint[]) and state = 'cancelled'`;
  const cancelled = await store.query<{ id: number }>(text, [attempts.map(({ row }) => row.id)]);
  const ids = new Set(cancelled.map(({ id }) => id));
  for (const attempt of attempts) if (ids.has(attempt.row.id)) attempt.breakOff('cancelled');
}
