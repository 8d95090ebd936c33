export { EmbeddedPostgres, type EmbeddedPostgresOptions, type LocalDatabase } from './embedded-postgres.ts';
export { PgliteServer } from './pglite-server.ts';
export { findPostgresBinaries } from './postgres-binaries.ts';
export { hasData, type RootMode } from './postgres-place.ts';
