export * from './columns.ts';
export * from './job-tables.ts';
export * from './library-tables.ts';
export * from './media-tables.ts';
export * from './upload-tables.ts';
export * from './workflow-tables.ts';
