import { customType, doublePrecision, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { headwater, position, time } from './columns.ts';

/** What was delivered and done, added up by one length of time; `src/usage` says what the columns are of each kind. */
const usage = (name: string) =>
  headwater.table(name, {
    at: time().notNull(),
    node: text().notNull(),
    scope: smallint().notNull(),
    domain: text().notNull(),
    app: text().notNull(),
    stream: text().notNull(),
    kind: text().notNull(),
    door: text().notNull(),
    template: text().notNull(),
    detail: text().notNull(),
    bytes: position().notNull(),
    secure_bytes: position().notNull(),
    seconds: doublePrecision().notNull(),
    count: position().notNull(),
    peak: position().notNull(),
    peak_bytes: position().notNull(),
  });

export const usageMinutes = usage('usage_minutes');
export const usageFiveMinutes = usage('usage_five_minutes');
export const usageHours = usage('usage_hours');
export const usageDays = usage('usage_days');

/** Different viewers by hour and day. */
export const usageViewers = headwater.table('usage_viewers', {
  id: uuid().notNull(),
  grain: text().notNull(),
  at: time().notNull(),
  scope: smallint().notNull(),
  domain: text().notNull(),
  app: text().notNull(),
  stream: text().notNull(),
  sketch: customType<{ data: Buffer }>({ dataType: () => 'bytea' })().notNull(),
});

/** Batches of usage that are in the tables. */
export const usageBatches = headwater.table('usage_batches', {
  id: text().primaryKey(),
  at: time().notNull(),
  added_at: time().notNull().defaultNow(),
});
