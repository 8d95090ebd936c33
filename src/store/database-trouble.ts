import { errorCode, rootMessage, StoreError } from './base/index.ts';

/** Why there is no database, in words for the operator. */
export interface DatabaseTrouble {
  readonly reason: string;
  readonly remedy: string;
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/^(ECONNREFUSED|ENOENT|EHOSTUNREACH|ENETUNREACH)$/, 'Check that PostgreSQL runs at the address in DATABASE_URL.'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'Check the host name in DATABASE_URL.'],
  [/^28/, 'Check user and password in DATABASE_URL, and pg_hba.conf of the server.'],
  [/^3D000$/, 'Create the database that DATABASE_URL names.'],
  [/^42501$/, 'Let the user of DATABASE_URL create a schema in its database.'],
  [/^53300$/, 'Raise max_connections of the PostgreSQL server; a node takes up to 11.'],
  [/^57P/, 'The server is stopping or starting; it is tried again.'],
];

/** Puts an error of connecting, migrating or losing the database into words. */
export function describeTrouble(error: unknown): DatabaseTrouble {
  if (error instanceof StoreError) return { reason: error.message, remedy: error.remedy };
  const code = errorCode(error) ?? '';
  const known = REMEDIES.find(([pattern]) => pattern.test(code));
  const remedy = known?.[1] ?? 'Check DATABASE_URL and the log of the PostgreSQL server; it is tried again.';
  return { reason: withoutPassword(rootMessage(error)), remedy };
}

/** True when PostgreSQL refused the values themselves, so that trying again cannot help (SQLSTATE 22 and 23). */
export function isRefusedData(error: unknown): boolean {
  return /^2[23]/.test(errorCode(error) ?? '');
}

/** A query's error where it says that the connection went, as the store does a moment later; undefined for any other. */
export function lostDatabase(error: unknown): StoreError | undefined {
  if (error instanceof StoreError) return error;
  const isLost =
    /^(ECONN|EPIPE|08|57P|53300)/.test(errorCode(error) ?? '') ||
    /^(connect |Connection terminated|timeout exceeded|Query read timeout|Cannot use a pool)/.test(rootMessage(error));
  if (!isLost) return undefined;
  const { reason, remedy } = describeTrouble(error);
  return new StoreError('DATABASE_UNAVAILABLE', `the database is not available: ${reason}`, remedy, error);
}

function withoutPassword(text: string): string {
  return text.replace(/(postgres(?:ql)?:\/\/[^:@/\s]*):[^@\s]*@/g, '$1:***@');
}
