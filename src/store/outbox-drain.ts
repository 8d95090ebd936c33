import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import type { Logger } from './base/index.ts';
import type { JournalRecord } from './files/index.ts';
import { lineOf, type OutboxEntry, storable } from './outbox-entry.ts';
import type { Store } from './store.ts';

// Positions must become visible in their order, or a replay would step over one; so all nodes drain one at a time.
export const EVENTS_LOCK = 48_651_002;

/** Rung when deliveries have been added. */
export const DELIVERIES_CHANNEL = 'headwater_deliveries';

interface OutboxTables {
  readonly store: Store;
  readonly nodeId: string;
  readonly dataDir: string;
  readonly log: Logger;
}

/** Copies records into events, deliveries and sessions; those that are there already are passed over. */
export function insertEvents(
  { store, nodeId }: Pick<OutboxTables, 'store' | 'nodeId'>,
  records: readonly JournalRecord<OutboxEntry>[],
): Promise<void> {
  return store.transaction(async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [EVENTS_LOCK]);
    for (const { sequence, entry } of records) {
      const told = await byOwnership(client, nodeId, storable(entry));
      if (told) await insertOne(client, { nodeId, sequence, entry: told });
    }
    await client.query('select pg_notify($1, $2)', [DELIVERIES_CHANNEL, '']);
  });
}

/** Keeps an event that the database refuses in a file beside it. */
export async function setEventAside(
  { dataDir, log }: Pick<OutboxTables, 'dataDir' | 'log'>,
  record: JournalRecord<OutboxEntry>,
  reason: string,
): Promise<void> {
  const file = join(dataDir, 'refused-events.jsonl');
  await appendFile(file, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  log.error({ sequence: record.sequence, file, reason }, 'event refused by the database, set aside');
}

// What has no end of its own may come several times in a session; all else is once per (session, kind).
const INSERT = `
  with event as (
    insert into headwater.events
      (id, node_id, node_sequence, session_id, kind, ordinal, domain, ingest_domain, app, stream, at, data)
    select $1, $2, $3, $4, $5,
      case when $5 in ('publish', 'publish_done', 'stream_ended') then 0
        else (select coalesce(max(ordinal) + 1, 0) from headwater.events where session_id = $4 and kind = $5) end,
      $6, $7, $8, $9, to_timestamp($10::float8 / 1000), $11::jsonb
    on conflict do nothing
    returning position)
  , delivery as (
    insert into headwater.deliveries (event_position, endpoint_id, stream_key)
    select position, endpoint_id, $12 from event, unnest($13::text[]) as endpoint_id
    on conflict do nothing)
  select position from event`;

const OPEN_SESSION = `
  insert into headwater.publish_sessions
    (id, node_id, domain, ingest_domain, app, stream, opened_at, data, endpoint_ids)
  values ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8 / 1000), $8::jsonb, $9::text[])
  on conflict (id) do nothing`;

const CLOSE_SESSION = `
  insert into headwater.publish_sessions
    (id, node_id, domain, ingest_domain, app, stream, closed_at, data, endpoint_ids, close_reason)
  values ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8 / 1000), $8::jsonb, $9::text[], $10)
  on conflict (id) do update
    set closed_at = excluded.closed_at, close_reason = excluded.close_reason
    where headwater.publish_sessions.closed_at is null`;

// Of a stream that another node took over since, the end and the pauses are not this node's to tell.
const OF_THE_OWNER: readonly string[] = ['stream_interrupted', 'stream_resumed', 'stream_ended'];
const NEWER_OWNER = `select epoch from headwater.stream_owners
  where domain = $1 and app = $2 and name = $3 and node_id <> $4 and epoch > $5 and ended_at is null`;

/** The entry as it may be told: undefined where only the stream's newer owner may, marked where its session is over. */
async function byOwnership(client: ClientBase, nodeId: string, entry: OutboxEntry): Promise<OutboxEntry | undefined> {
  const { kind, epoch, domain, app, stream } = entry;
  if (epoch === undefined || !(kind === 'publish_done' || OF_THE_OWNER.includes(kind))) return entry;
  const { rows } = await client.query<{ epoch: number }>(NEWER_OWNER, [domain, app, stream, nodeId, epoch]);
  const [newer] = rows;
  if (!newer) return entry;
  if (kind !== 'publish_done') return undefined;
  return { ...entry, data: { ...entry.data, epoch, goesOnWithEpoch: newer.epoch } };
}

async function insertOne(
  client: ClientBase,
  { nodeId, sequence, entry }: { nodeId: string; sequence: number; entry: OutboxEntry },
): Promise<void> {
  const { id, kind, sessionId, domain, ingestDomain, app, stream, atMs, endpointIds } = entry;
  const data = JSON.stringify(entry.data);
  const names = [domain, ingestDomain, app, stream];
  const event = [id, nodeId, sequence, sessionId, kind, ...names, atMs, data, lineOf(entry), endpointIds];
  const { rows } = await client.query(INSERT, event);
  if (rows.length === 0) return;
  const session = [sessionId, nodeId, ...names, atMs, data, endpointIds];
  if (kind === 'publish') await client.query(OPEN_SESSION, session);
  if (kind !== 'publish_done') return;
  const { cause } = entry.data;
  await client.query(CLOSE_SESSION, [...session, typeof cause === 'string' ? cause : null]);
}
