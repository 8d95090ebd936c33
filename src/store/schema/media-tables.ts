import { boolean, primaryKey, text } from 'drizzle-orm/pg-core';
import { headwater, json, time } from './columns.ts';

/** Templates of media processing that operators made. */
export const mediaTemplates = headwater.table(
  'media_templates',
  {
    kind: text().$type<'transcode' | 'watermark' | 'group' | 'asset-watermark' | 'asset-pictures'>().notNull(),
    id: text().notNull(),
    name: text().notNull(),
    body: json().notNull(),
    isDefault: boolean('is_default').notNull().default(false),
    isLocked: boolean('is_locked').notNull().default(false),
    createdAt: time('created_at').notNull().defaultNow(),
    modifiedAt: time('modified_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.id] })],
);
