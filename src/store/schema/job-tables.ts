import { boolean, doublePrecision, integer, jsonb, text, unique, uuid } from 'drizzle-orm/pg-core';
import { headwater, json, position, time } from './columns.ts';

/** Queues of jobs, each with so many parallel steps. */
export const pipelines = headwater.table('pipelines', {
  id: text().primaryKey(),
  name: text().notNull(),
  state: text().$type<'Active' | 'Paused'>().notNull().default('Active'),
  quota: integer().notNull(),
  submitter_quota: integer(),
  notify: json(),
  created_at: time().notNull().defaultNow(),
  updated_at: time().notNull().defaultNow(),
});

/** Work that was asked for. */
export const jobs = headwater.table('jobs', {
  id: uuid().primaryKey(),
  kind: text().notNull(),
  pipeline: text().notNull(),
  priority: integer().notNull(),
  submitter: text().notNull(),
  is_backfill: boolean().notNull().default(false),
  template: text(),
  asset: text(),
  user_data: text(),
  data: json(),
  state: text().notNull().default('submitted'),
  percent: doublePrecision().notNull().default(0),
  failure_code: text(),
  failure_message: text(),
  created_at: time().notNull().defaultNow(),
  started_at: time(),
  finished_at: time(),
});

/** The steps of jobs, a table of work. */
export const jobSteps = headwater.table(
  'job_steps',
  {
    id: position().primaryKey().generatedByDefaultAsIdentity(),
    job_id: uuid()
      .notNull()
      .references(() => jobs.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    action: text().notNull(),
    input: json().notNull(),
    after: text().array().notNull().default([]),
    runs_always: boolean().notNull().default(false),
    max_attempts: integer().notNull(),
    pipeline: text().notNull(),
    submitter: text().notNull(),
    priority: integer().notNull(),
    is_backfill: boolean().notNull(),
    state: text().notNull(),
    percent: doublePrecision().notNull().default(0),
    attempts: integer().notNull().default(0),
    /** Attempts that ended with an error; the others lost their worker. */
    failures: integer().notNull().default(0),
    output: json(),
    failure_code: text(),
    failure_message: text(),
    log: jsonb().$type<readonly string[]>().notNull().default([]),
    worker: text(),
    ready_at: time(),
    started_at: time(),
    first_attempt_at: time(),
    next_attempt_at: time().notNull().defaultNow(),
    lease_owner: text(),
    lease_until: time(),
    finished_at: time(),
  },
  (table) => [unique().on(table.job_id, table.name)],
);

/** What became of jobs and steps; `position` is the cursor of whoever follows. */
export const jobEvents = headwater.table('job_events', {
  position: position().primaryKey().generatedByDefaultAsIdentity(),
  job_id: uuid().notNull(),
  step: text(),
  kind: text().notNull(),
  at: time().notNull().defaultNow(),
});

/** How far each follower has come. */
export const jobFollowers = headwater.table('job_followers', {
  name: text().primaryKey(),
  position: position().notNull(),
  lease_owner: text(),
  lease_until: time(),
});

/** How far each consumer of all events has come. */
export const eventFollowers = headwater.table('event_followers', {
  name: text().primaryKey(),
  position: position().notNull(),
  lease_owner: text(),
  lease_until: time(),
});

/** Processes that work steps. */
export const jobWorkers = headwater.table('job_workers', {
  id: text().primaryKey(),
  name: text().notNull(),
  concurrency: integer().notNull(),
  busy: integer().notNull().default(0),
  actions: text().array().notNull(),
  started_at: time().notNull().defaultNow(),
  seen_at: time().notNull().defaultNow(),
});
