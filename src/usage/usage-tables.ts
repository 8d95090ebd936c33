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
/** Removed at once, so that nothing is locked for long. */
const PRUNE_SLICE_MS: Readonly<Record<Exclude<UsageGrain, 'day'>, number>> = {
  ...{ minute: 3_600_000, 'five-minutes': 6 * 3_600_000, hour: 10 * DAY_MS },
};

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

/** Adds the batch to all tables, unless it was added before; says whether it was not. */
export async function addBatch(store: Store, { id, node, at, rows }: UsageBatch): Promise<boolean> {
  const minute = new Date(at);
  return store.transaction(async (client) => {
    const text = 'insert into headwater.usage_batches (id, at) values ($1, $2) on conflict do nothing returning id';
    const { rowCount } = await client.query(text, [id, minute]);
    if (rowCount === 0) return false;
    await client.query(ADD_BATCH, [minute, node, JSON.stringify(rows)]);
    return true;
  });
}

/** Removes rows whose time is over, some hours of them at once. */
export async function pruneUsage(store: Store, keep: UsageKeep, nowMs: number): Promise<void> {
  const days = { minute: keep.minuteDays, 'five-minutes': keep.fiveMinuteDays, hour: keep.hourDays } as const;
  for (const grain of ['minute', 'five-minutes', 'hour'] as const) {
    await pruneTable(store, GRAINS[grain].table, nowMs - days[grain] * DAY_MS, PRUNE_SLICE_MS[grain]);
  }
  const old = new Date(nowMs - BATCH_DAYS * DAY_MS);
  await store.query('delete from headwater.usage_batches where added_at < $1', [old]);
}

async function pruneTable(store: Store, table: string, untilMs: number, sliceMs: number): Promise<void> {
  for (;;) {
    const [first] = await store.query<{ at: Date | null }>(`select min(at) as at from ${table}`);
    const atMs = first?.at?.getTime();
    if (atMs === undefined || atMs >= untilMs) return;
    const until = new Date(Math.min(untilMs, atMs + sliceMs));
    await store.query(`delete from ${table} where at < $1`, [until]);
  }
}
