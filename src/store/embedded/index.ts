export { EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.ts';
export { PgliteServer } from './pglite-server.ts';
export { findPostgresBinaries } from './postgres-binaries.ts';
export { hasData, type RootMode } from './postgres-place.ts';
export type { LocalDatabase } from './postgres-process.ts';
