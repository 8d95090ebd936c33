import type { RecordedEvent } from './outbox.ts';
import { DELIVERIES_CHANNEL, EVENTS_LOCK } from './outbox-drain.ts';
import { storable } from './outbox-entry.ts';
import type { Store, Transaction } from './store.ts';

/** Something that happened to an asset or a job; whoever says it again says it with the same id, a UUID. */
export interface NewMediaEvent {
  readonly id: string;
  readonly kind: string;
  /** The asset or the job, whose events stay in their order. */
  readonly subject: string;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Beside those of streams, which come from nodes by their journals. */
const NODE = 'library';

// Each kind may come several times; the id makes a repetition one.
const INSERT = `
  insert into headwater.events
    (id, node_id, node_sequence, session_id, kind, ordinal, domain, ingest_domain, app, stream, at, data)
  select $1, '${NODE}', 0, $2, $3,
    (select coalesce(max(ordinal) + 1, 0) from headwater.events where session_id = $2 and kind = $3),
    '', '', '', '', to_timestamp($4::float8 / 1000), $5::jsonb
  on conflict do nothing`;

/** Adds events at the end of a transaction that makes them true. */
export async function noteMediaEvents(client: Transaction, noted: readonly NewMediaEvent[]): Promise<void> {
  if (noted.length === 0) return;
  await client.query('select pg_advisory_xact_lock($1)', [EVENTS_LOCK]);
  for (const { id, subject, kind, atMs, data } of noted.map(storable)) {
    await client.query(INSERT, [id, subject, kind, atMs, JSON.stringify(data)]);
  }
  await client.query('select pg_notify($1, $2)', [DELIVERIES_CHANNEL, '']);
}

/** Puts events into the lines of endpoints; what is there already is passed over. */
export function deliverMediaEvents(
  store: Store,
  wanted: readonly { readonly event: RecordedEvent; readonly endpointIds: readonly string[] }[],
): Promise<void> {
  const text = `insert into headwater.deliveries (event_position, endpoint_id, stream_key)
    select $1, endpoint_id, $2 from unnest($3::text[]) as endpoint_id on conflict do nothing`;
  return store.transaction(async (client) => {
    for (const { event, endpointIds } of wanted) {
      await client.query(text, [event.position, mediaLine(event), endpointIds]);
    }
    await client.query('select pg_notify($1, $2)', [DELIVERIES_CHANNEL, '']);
  });
}

/** The line of an asset or a job; a stream's has three names and more. */
function mediaLine({ session_id: subject }: RecordedEvent): string {
  return JSON.stringify(['media', subject]);
}
