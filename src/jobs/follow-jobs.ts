import { FollowerLease, type Logger, lookNowAndThen, retryDelayMs, rootMessage, type Store } from '../store/index.ts';
import type { Job, Step } from './job.ts';
import { EVENTS_CHANNEL, type JobEventKind } from './job-events.ts';

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

type Change = { readonly job: Job; readonly kind: JobEventKind; readonly step?: Step };

/** From now on, for whoever is there. */
export function watchJobs(source: EventSource, listener: (change: Change) => void): () => void {
  const { store } = source;
  let position: number | undefined;
  let isEnded = false;
  const read = async () => {
    const newest = 'select coalesce(max(position), 0) as position from headwater.job_events';
    position ??= (await store.query<{ position: number }>(newest))[0]?.position ?? 0;
    while (!isEnded) {
      const rows = await eventsAfter(store, position);
      if (rows.length === 0) return;
      for (const row of rows) {
        if (isEnded) return;
        position = row.position;
        const event = await eventOf(source, row);
        const step = event?.job.steps.find(({ name }) => name === event.step);
        if (event) listener({ job: event.job, kind: event.kind, ...(step && { step }) });
      }
    }
  };
  const { end } = lookNowAndThen({ store, channel: EVENTS_CHANNEL, look: () => tried(source, read) });
  return () => {
    isEnded = true;
    void end();
  };
}

/** From a follower's own position, kept in its row, whose lease says which node reads. */
export function followJobs(options: Following): () => Promise<void> {
  const { store, log, name, fromNow } = options;
  const sql = 'case when $4 then (select coalesce(max(position), 0) from headwater.job_events) else 0 end';
  const lease = new FollowerLease({
    ...{ store, table: 'job_followers', name, begin: { sql, value: fromNow } },
    onFree: () => looking.wake(),
  });
  let isEnded = false;
  let notBeforeMs = 0;
  let failures = 0;
  const isTaken = async (row: EventRow) => {
    if (await isHandled(options, row)) {
      failures = 0;
      return lease.move(row.position);
    }
    notBeforeMs = performance.now() + Math.min(retryDelayMs(++failures), MAX_RETRY_MS);
    return false;
  };
  const isAnyTaken = async () => {
    const position = await lease.hold();
    const rows = position === undefined ? [] : await eventsAfter(store, position);
    for (const row of rows) if (isEnded || !(await isTaken(row))) return false;
    return rows.length > 0;
  };
  const read = async () => {
    while (!isEnded && performance.now() >= notBeforeMs && (await isAnyTaken()));
  };
  const look = async () => {
    const again = await tried(options, read);
    if (again === 'soon') lease.lose();
    return performance.now() < notBeforeMs ? 'soon' : again;
  };
  const looking = lookNowAndThen({ store, channel: EVENTS_CHANNEL, look });
  return async () => {
    isEnded = true;
    await looking.end();
    await lease
      .leave()
      .catch((error: unknown) => log.warn({ reason: rootMessage(error) }, 'lease of a follower stays'));
  };
}

type Following = EventSource & { readonly name: string; readonly handler: EventHandler; readonly fromNow: boolean };

/** Looked again soon where it failed. */
async function tried({ log }: EventSource, read: () => Promise<void>): Promise<'soon' | 'later'> {
  try {
    await read();
    return 'later';
  } catch (error) {
    log.warn({ reason: rootMessage(error) }, 'events of jobs cannot be followed');
    return 'soon';
  }
}

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
