import { randomUUID } from 'node:crypto';
import type { Store } from '../store/index.ts';

const BEAT_MS = 5_000;
/** As long as a lease. */
const SILENT_MS = 20_000;
/** So long after its last word a worker that did not say that it goes is still listed. */
const FORGOTTEN_MINUTES = 60;

/** A process that works steps. Times in ms since 1970. */
export type SeenWorker = {
  readonly id: string;
  readonly name: string;
  readonly concurrency: number;
  readonly busy: number;
  readonly actions: readonly string[];
  readonly startedAtMs: number;
  readonly unseenMs: number;
};

export type RegisterOptions = {
  readonly store: Store;
  readonly name: string;
  readonly concurrency: number;
  readonly actions: readonly string[];
  readonly busy: () => number;
};

/** Says every five seconds that this worker is there, until `close` says that it goes. */
export function registerWorker({ store, name, concurrency, actions, busy }: RegisterOptions): {
  close(): Promise<void>;
} {
  const id = randomUUID();
  const text = `with gone as (
      delete from headwater.job_workers where seen_at < now() - interval '${FORGOTTEN_MINUTES} minutes' and id <> $1)
    insert into headwater.job_workers (id, name, concurrency, actions, busy) values ($1, $2, $3, $4, $5)
    on conflict (id) do update set busy = $5, seen_at = now()`;
  const beat = async () => {
    if (store.state.kind === 'ready') await store.query(text, [id, name, concurrency, actions, busy()]);
  };
  // The store says by itself when it is away.
  let beating = beat().catch(() => undefined);
  const timer = setInterval(() => {
    beating = beat().catch(() => undefined);
  }, BEAT_MS).unref();
  return {
    async close() {
      clearInterval(timer);
      await beating;
      if (store.state.kind === 'ready') await store.query('delete from headwater.job_workers where id = $1', [id]);
    },
  };
}

/** How many steps of this action all workers do at a time, without those that fell silent. */
export async function slotsFor(store: Store, action: string): Promise<number> {
  const text = `select coalesce(sum(concurrency), 0)::int as slots from headwater.job_workers
    where seen_at > now() - interval '${SILENT_MS} ms' and $1 = any(actions)`;
  return (await store.query<{ slots: number }>(text, [action]))[0]?.slots ?? 0;
}

/** The workers on all nodes, those that fell silent within the hour among them. */
export async function listWorkers(store: Store): Promise<SeenWorker[]> {
  const text = `select id, name, concurrency, busy, actions,
      (extract(epoch from started_at) * 1000)::float8 as "startedAtMs",
      greatest(0, extract(epoch from now() - seen_at) * 1000)::float8 as "unseenMs"
    from headwater.job_workers where seen_at > now() - interval '${FORGOTTEN_MINUTES} minutes' order by name, id`;
  return store.query<SeenWorker>(text);
}
