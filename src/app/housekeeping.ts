import type { Logger } from '../log/index.ts';
import { AlarmTables, type Outbox, type RuleApprovals, type Store } from '../store/index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

export type HousekeepingOptions = {
  readonly store: Store;
  readonly outbox: Outbox;
  readonly approvals: Pick<RuleApprovals, 'prune'>;
  readonly log: Logger;
  /** Callbacks of snapshots that nobody heard for an hour. */
  readonly onSnapshotsUntold?: (count: number) => void;
  /** 0 to 1, so that the nodes of a cluster do not all begin at once. */
  readonly random?: () => number;
};

/**
 * Prunes events and approvals within ten minutes of the start, and then each day; an hour later where the database is away.
 * What is told of snapshots goes each minute.
 */
export function keepHouse(options: HousekeepingOptions): { close(): void } {
  const random = options.random ?? Math.random;
  let isClosed = false;
  let timer: NodeJS.Timeout;
  const minutes = setInterval(() => void pruneSnapshots(options), MINUTE_MS).unref();
  const schedule = (delayMs: number) => {
    timer = setTimeout(async () => {
      const isDone = await prune(options);
      if (!isClosed) schedule(isDone ? (23 + 2 * random()) * HOUR_MS : HOUR_MS);
    }, delayMs);
    timer.unref();
  };
  schedule((random() * HOUR_MS) / 6);
  return {
    close() {
      isClosed = true;
      clearTimeout(timer);
      clearInterval(minutes);
    },
  };
}

async function pruneSnapshots({ store, outbox, log, onSnapshotsUntold }: HousekeepingOptions): Promise<void> {
  if (store.state.kind !== 'ready') return;
  try {
    const untold = await outbox.pruneSnapshots();
    if (untold === 0) return;
    onSnapshotsUntold?.(untold);
    log.warn({ callbacks: untold }, 'callbacks of snapshots given up after an hour');
  } catch (error) {
    log.warn({ error }, 'old callbacks of snapshots could not be removed');
  }
}

async function prune({ store, outbox, approvals, log }: HousekeepingOptions): Promise<boolean> {
  if (store.state.kind !== 'ready') return false;
  try {
    const events = await outbox.prune();
    await new AlarmTables(store).prune();
    if (events > 0) log.info({ events }, 'old events removed');
    const decided = await approvals.prune();
    if (decided > 0) log.info({ approvals: decided }, 'old approvals removed');
    return true;
  } catch (error) {
    log.warn({ error }, 'old events and approvals could not be removed');
    return false;
  }
}
