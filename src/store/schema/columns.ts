import { bigint, jsonb, pgSchema, timestamp } from 'drizzle-orm/pg-core';

/** All our tables are in a schema of this name, so that a shared database stays tidy. */
export const SCHEMA_NAME = 'headwater';

export const headwater = pgSchema(SCHEMA_NAME);

export const position = () => bigint({ mode: 'number' });
export const time = (column = '') => timestamp(column, { withTimezone: true });
export const json = () => jsonb().$type<Record<string, unknown>>();
