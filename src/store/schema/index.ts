export * from './columns.ts';
export * from './job-tables.ts';
export * from './library-tables.ts';
export * from './workflow-tables.ts';
