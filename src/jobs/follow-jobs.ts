import { randomUUID } from 'node:crypto';
import { isUnleased, type Logger, retryDelayMs, rootMessage, type Store } from '../store/index.ts';
import type { Job, Step } from './job.ts';
import { EVENTS_CHANNEL, type JobEventKind } from './job-events.ts';

const POLL_EVERY_MS = 1_000;
const LEASE_MS = 20_000;
/** A lease lasts: it is enough to renew it, or to ask whether another node's has ended, now and then. */
const ASK_EVERY_MS = 5_000;
const BATCH = 100;
const MAX_RETRY_MS = 30_000;

type KnownJob = Job & { readonly steps: readonly Step[] };

/** Something that happened, with the job as it is now. */
export type JobEvent = {
  readonly position: number;
  readonly kind: JobEventKind;
  readonly step?: string;
  readonly atMs: number;
  readonly job: KnownJob;
};

export type EventHandler = (event: JobEvent) => Promise<void> | void;

type EventSource = {
  readonly store: Store;
  readonly log: Logger;
  readonly find: (id: string) => Promise<KnownJob | undefined>;
};

type EventRow = {
  readonly position: number;
  readonly job_id: string;
  readonly step: string | null;
  readonly kind: JobEventKind;
  readonly at: Date;
};

function eventsAfter(store: Store, position: number): Promise<EventRow[]> {
  const text = `select * from headwater.job_events where position > $1 order by position limit ${BATCH}`;
  return store.query<EventRow>(text, [position]);
}

async function eventOf({ find }: EventSource, row: EventRow): Promise<JobEvent | undefined> {
  const job = await find(row.job_id);
  const { position, kind, at, step } = row;
  return job && { position, kind, atMs: at.getTime(), job, ...(step !== null && { step }) };
}

/** Runs `work` now, after each NOTIFY and each second, never twice at once; returns the way to end it. */
function repeat({ store, log }: EventSource, work: (isStopped: () => boolean) => Promise<void>): () => Promise<void> {
  let isStopped = false;
  let isAskedAgain = false;
  let running: Promise<void> | undefined;
  const wake = () => {
    if (isStopped || store.state.kind !== 'ready') return;
    isAskedAgain = running !== undefined;
    running ??= work(() => isStopped)
      .catch((error: unknown) => log.warn({ reason: rootMessage(error) }, 'events of jobs cannot be followed'))
      .finally(() => {
        running = undefined;
        if (isAskedAgain) wake();
      });
  };
  const endListening = store.listen(EVENTS_CHANNEL, wake);
  const timer = setInterval(wake, POLL_EVERY_MS).unref();
  wake();
  return async () => {
    isStopped = true;
    endListening();
    clearInterval(timer);
    await running;
  };
}

type Change = { readonly job: Job; readonly kind: JobEventKind; readonly step?: Step };

/** From now on, for whoever is there. */
export function watchJobs(source: EventSource, listener: (change: Change) => void): () => void {
  let position: number | undefined;
  const end = repeat(source, async (isStopped) => {
    const newest = 'select coalesce(max(position), 0) as position from headwater.job_events';
    position ??= (await source.store.query<{ position: number }>(newest))[0]?.position ?? 0;
    const rows = await eventsAfter(source.store, position);
    for (const row of rows) {
      if (isStopped()) return;
      position = row.position;
      const event = await eventOf(source, row);
      const step = event?.job.steps.find(({ name }) => name === event.step);
      if (event) listener({ job: event.job, kind: event.kind, ...(step && { step }) });
    }
  });
  return () => void end();
}

/** From a follower's own position, kept in its row, whose lease says which node reads. */
export function followJobs(options: Following): () => Promise<void> {
  const { store, log, name } = options;
  const owner = randomUUID();
  /** The newest that was handled, while we have the lease. */
  let position: number | undefined;
  let askAtMs = 0;
  let notBeforeMs = 0;
  let failures = 0;
  const hold = async () => {
    const nowMs = performance.now();
    if (nowMs < askAtMs) return;
    const claim = [name, owner, LEASE_MS, options.fromNow];
    position = (await store.query<{ position: number }>(CLAIM, claim))[0]?.position;
    askAtMs = nowMs + ASK_EVERY_MS;
  };
  /** Whether it was handled, and the next one is ours too. */
  const take = async (row: EventRow) => {
    if (!(await isHandled(options, row))) {
      notBeforeMs = performance.now() + Math.min(retryDelayMs(++failures), MAX_RETRY_MS);
      return false;
    }
    failures = 0;
    const isOurs = (await store.query(MOVE, [name, owner, row.position, LEASE_MS])).length > 0;
    position = isOurs ? row.position : undefined;
    return isOurs;
  };
  const end = repeat(options, async (isStopped) => {
    if (performance.now() < notBeforeMs) return;
    await hold();
    while (position !== undefined) {
      const rows = await eventsAfter(store, position);
      if (rows.length === 0) return;
      for (const row of rows) if (isStopped() || !(await take(row))) return;
    }
  });
  return async () => {
    await end();
    const leave = `update headwater.job_followers set lease_owner = null, lease_until = null
      where name = $1 and lease_owner = $2`;
    await store
      .query(leave, [name, owner])
      .catch((error: unknown) => log.warn({ reason: rootMessage(error) }, 'lease of a follower stays'));
  };
}

type Following = EventSource & { readonly name: string; readonly handler: EventHandler; readonly fromNow: boolean };

async function isHandled(following: Following, row: EventRow): Promise<boolean> {
  try {
    const event = await eventOf(following, row);
    if (event) await following.handler(event);
    return true;
  } catch (error) {
    const fields = { follower: following.name, position: row.position, reason: rootMessage(error) };
    following.log.warn(fields, 'an event of a job was not handled, it comes again');
    return false;
  }
}

const CLAIM = `insert into headwater.job_followers as f (name, position, lease_owner, lease_until)
  values ($1, case when $4 then (select coalesce(max(position), 0) from headwater.job_events) else 0 end, $2, now() + $3::float8 * interval '1 ms')
  on conflict (name) do update set lease_owner = $2, lease_until = now() + $3::float8 * interval '1 ms'
  where f.lease_owner = $2 or ${isUnleased('f')}
  returning position`;

const MOVE = `update headwater.job_followers set position = $3, lease_until = now() + $4::float8 * interval '1 ms'
  where name = $1 and lease_owner = $2 returning position`;
