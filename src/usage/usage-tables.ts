import type { Store } from '../store/index.ts';
import type { UsageBatch } from './usage-row.ts';

/** How long the spans are that usage is added up by. */
export type UsageGrain = 'minute' | 'five-minutes' | 'hour' | 'day';

export const GRAINS: Readonly<Record<UsageGrain, { readonly table: string; readonly ms: number }>> = {
  minute: { table: 'headwater.usage_minutes', ms: 60_000 },
  'five-minutes': { table: 'headwater.usage_five_minutes', ms: 300_000 },
  hour: { table: 'headwater.usage_hours', ms: 3_600_000 },
  day: { table: 'headwater.usage_days', ms: 86_400_000 },
};

/** For how many days rows are kept; days are kept for ever. */
export type UsageKeep = { readonly minuteDays: number; readonly fiveMinuteDays: number; readonly hourDays: number };

const DAY_MS = 86_400_000;
/** Longer than any batch waits on a disk. */
const BATCH_DAYS = 60;
/** Rows removed at once, so that nothing is locked for long. */
const PRUNED_AT_ONCE = 50_000;

const COLUMNS =
  'at, node, scope, domain, app, stream, kind, door, template, detail, bytes, secure_bytes, seconds, count, peak, peak_bytes';

const ADD_BATCH = `
  with rows as materialized (
    select * from json_to_recordset($3::json) as r(scope smallint, domain text, app text, stream text, kind text,
      door text, template text, detail text, bytes bigint, secure bigint, seconds float8, count bigint, peak bigint))
  ${Object.values(GRAINS)
    .map(
      ({ table, ms }, index) => `, added_${index} as (
    insert into ${table} as u (${COLUMNS})
    select date_bin('${ms / 1000} seconds', $1::timestamptz, 'epoch'), $2::text, scope, domain, app, stream, kind, door,
      template, detail, bytes, secure, seconds, count, peak, bytes
    from rows
    on conflict (scope, domain, app, stream, kind, at, door, template, detail, node) do update set
      bytes = u.bytes + excluded.bytes, secure_bytes = u.secure_bytes + excluded.secure_bytes,
      seconds = u.seconds + excluded.seconds, count = u.count + excluded.count,
      peak = greatest(u.peak, excluded.peak), peak_bytes = greatest(u.peak_bytes, excluded.peak_bytes))`,
    )
    .join('')}
  select count(*) from rows`;

const ADD_SKETCHES = `
  insert into headwater.usage_viewers (id, grain, at, scope, domain, app, stream, sketch)
  select id, grain, to_timestamp(at / 1000.0), scope, domain, app, stream, decode(sketch, 'base64')
  from json_to_recordset($1::json) as r(id uuid, grain text, at bigint, scope smallint, domain text, app text,
    stream text, sketch text)
  on conflict (scope, domain, app, stream, grain, at, id) do update set sketch = excluded.sketch`;

/** Adds the batch to all tables, unless it was added before; says whether it was not. */
export async function addBatch(store: Store, { id, node, at, rows, sketches = [] }: UsageBatch): Promise<boolean> {
  const minute = new Date(at);
  return store.transaction(async (client) => {
    const text = 'insert into headwater.usage_batches (id, at) values ($1, $2) on conflict do nothing returning id';
    const { rowCount } = await client.query(text, [id, minute]);
    if (rowCount === 0) return false;
    await client.query(ADD_BATCH, [minute, node, JSON.stringify(rows)]);
    if (sketches.length > 0) await client.query(ADD_SKETCHES, [JSON.stringify(sketches)]);
    return true;
  });
}

/** Removes rows whose time is over, some of them at once. */
export async function pruneUsage(store: Store, keep: UsageKeep, nowMs: number): Promise<void> {
  const days = { minute: keep.minuteDays, 'five-minutes': keep.fiveMinuteDays, hour: keep.hourDays } as const;
  for (const grain of ['minute', 'five-minutes', 'hour'] as const) {
    await pruneTable(store, GRAINS[grain].table, new Date(nowMs - days[grain] * DAY_MS));
  }
  const sketches = `delete from headwater.usage_viewers where grain = 'hour' and at < $1`;
  await store.query(sketches, [new Date(nowMs - keep.hourDays * DAY_MS)]);
  const old = new Date(nowMs - BATCH_DAYS * DAY_MS);
  await store.query('delete from headwater.usage_batches where added_at < $1', [old]);
}

async function pruneTable(store: Store, table: string, until: Date): Promise<void> {
  for (;;) {
    const text = `with gone as (
        delete from ${table} where ctid = any(array(
          select ctid from ${table} where at < $1 limit ${PRUNED_AT_ONCE})) returning 1)
      select count(*) as removed from gone`;
    const [row] = await store.query<{ removed: number }>(text, [until]);
    if ((row?.removed ?? 0) < PRUNED_AT_ONCE) return;
  }
}
