import { boolean, text, uuid } from 'drizzle-orm/pg-core';
import { headwater, json, time } from './columns.ts';

/** What was, or is, not as it should be; one row for each time. */
export const alarms = headwater.table('alarms', {
  id: uuid().primaryKey(),
  code: text().notNull(),
  subject: text().notNull(),
  node_id: text().notNull(),
  scope: text().notNull(),
  raised_at: time().notNull(),
  cleared_at: time(),
  updated_at: time().notNull().defaultNow(),
  body: json().notNull(),
  acknowledged: json(),
});

/** Which nodes are there, and which of them watches for all. */
export const alarmNodes = headwater.table('alarm_nodes', {
  node_id: text().primaryKey(),
  name: text().notNull(),
  seen_at: time().notNull(),
  is_gone: boolean().notNull().default(false),
  watches_until: time(),
});

/** What operators do not want to be told of until a time. */
export const alarmSilences = headwater.table('alarm_silences', {
  id: uuid().primaryKey(),
  code: text().notNull(),
  subject: text().notNull(),
  until: time().notNull(),
  created_at: time().notNull(),
  author: text().notNull(),
  reason: text().notNull(),
  is_deleted: boolean().notNull().default(false),
  updated_at: time().notNull(),
});
