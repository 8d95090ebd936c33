import { boolean, integer, text, uuid } from 'drizzle-orm/pg-core';
import { headwater, json, time } from './columns.ts';

/** Workflows by name, and how many versions each has had. */
export const workflows = headwater.table('workflows', {
  name: text().primaryKey(),
  latest: integer().notNull(),
  created_at: time().notNull().defaultNow(),
});

/** What each version of a workflow is; never changed. */
export const workflowVersions = headwater.table('workflow_versions', {
  workflow: text().notNull(),
  version: integer().notNull(),
  source: text().notNull(),
  definition: json().notNull(),
  author: text().notNull(),
  created_at: time().notNull().defaultNow(),
});

/** Names that lead to a version, or to two of them. */
export const workflowAliases = headwater.table('workflow_aliases', {
  workflow: text().notNull(),
  alias: text().notNull(),
  version: integer().notNull(),
  next_version: integer(),
  next_percent: integer().notNull().default(0),
  author: text().notNull(),
  updated_at: time().notNull().defaultNow(),
});

/** Runs of workflows, each a job of the same id. */
export const workflowRuns = headwater.table('workflow_runs', {
  id: uuid().primaryKey(),
  workflow: text().notNull(),
  version: integer().notNull(),
  alias: text(),
  trigger_id: uuid(),
  input: json().notNull(),
  submitter: text().notNull(),
  created_at: time().notNull().defaultNow(),
});

/** What sets off workflows. */
export const workflowTriggers = headwater.table('workflow_triggers', {
  id: uuid().primaryKey(),
  workflow: text().notNull(),
  alias: text(),
  settings: json().notNull(),
  is_enabled: boolean().notNull(),
  author: text().notNull(),
  created_at: time().notNull().defaultNow(),
  updated_at: time().notNull().defaultNow(),
});

/** What has set off a trigger already. */
export const workflowTriggerObjects = headwater.table('workflow_trigger_objects', {
  trigger_id: uuid().notNull(),
  object: text().notNull(),
  content: text().notNull(),
  run_id: uuid(),
  refusal: text(),
  at: time().notNull().defaultNow(),
});
