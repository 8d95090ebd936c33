import { appendFileSync } from 'node:fs';
import { Outbox, openStore } from '../../../src/store/index.ts';
import { entry, memoryLog } from './helpers.ts';

interface Job {
  readonly kind: 'hold' | 'claim-and-hang' | 'deliver';
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly file?: string;
  readonly leaseMs?: number;
}

const job = JSON.parse(process.argv[2] ?? '{}') as Job;
const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
const log = memoryLog();
const store = await openStore({ ...job, log, waitMs: 60_000 });
if (store.state.kind !== 'ready') throw new Error(JSON.stringify(store.state));
const queue = { leaseMs: job.leaseMs ?? 20_000, renewEveryMs: 200 };
const outbox = await Outbox.open({ store, dataDir: job.dataDir, nodeId: `node-${process.pid}`, log, queue });

if (job.kind === 'hold') {
  await outbox.append(entry({ sessionId: 'held', stream: 'held' }));
  await outbox.drainJournal();
  say({ ready: true });
} else if (job.kind === 'claim-and-hang') {
  const claimed = await outbox.claimDeliveries(1);
  say({ claimed: claimed.map(({ event }) => event.session_id) });
} else {
  outbox.queue.work({
    concurrency: 5,
    handle: async ({ row }) => {
      appendFileSync(job.file ?? '', `${row.endpoint_id} ${row.stream_key} ${row.event_position}\n`);
      return { kind: 'done' };
    },
  });
  say({ ready: true });
}
setInterval(() => undefined, 1_000);
