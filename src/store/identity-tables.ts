import { asc, eq, getTableColumns } from 'drizzle-orm';
import type { ClientBase } from 'pg';
import type { Logger } from './base/index.ts';
import type { StoredAccessKey, StoredIdentity, StoredUser } from './files/index.ts';
import { followChanges } from './follow-changes.ts';
import { accessKeys, users } from './schema.ts';
import type { Store, Transaction } from './store.ts';

const CHANNEL = 'headwater_identity';
const LOCK_KEY = 48_651_004;

const UPSERT_USER = `insert into headwater.users
    (id, name, grants, statements, password_hash, totp_secret, recovery_hashes, is_enabled, created_at, ended_before)
  values ($1, $2, $3::jsonb, $4::jsonb, $5, $6, $7::text[], $8, $9, $10)
  on conflict (id) do update set name = excluded.name, grants = excluded.grants, statements = excluded.statements,
    password_hash = excluded.password_hash, totp_secret = excluded.totp_secret,
    recovery_hashes = excluded.recovery_hashes, is_enabled = excluded.is_enabled,
    ended_before = excluded.ended_before, updated_at = now()`;

const UPSERT_KEY = `insert into headwater.access_keys (id, user_id, sealed_secret, note, created_at, last_used_at)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (id) do update set sealed_secret = excluded.sealed_secret, note = excluded.note, updated_at = now()`;

/** Users and access keys in the database. */
export class IdentityTables {
  readonly #store: Store;
  readonly #log: Logger;

  constructor(options: { readonly store: Store; readonly log: Logger }) {
    this.#store = options.store;
    this.#log = options.log;
  }

  /** All of them, as they are at one moment. */
  load(): Promise<StoredIdentity> {
    return this.#store.db.transaction(
      async (tx) => {
        const { updatedAt: _, ...ofUsers } = getTableColumns(users);
        const { updatedAt: __, ...ofKeys } = getTableColumns(accessKeys);
        return {
          users: await tx.select(ofUsers).from(users).orderBy(asc(users.name)),
          keys: await tx.select(ofKeys).from(accessKeys).orderBy(asc(accessKeys.createdAt), asc(accessKeys.id)),
        };
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    );
  }

  /** Puts these in where there is nobody yet; false where there is somebody. */
  seed(identity: StoredIdentity): Promise<boolean> {
    return this.#change(async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
      if ((await client.query('select 1 from headwater.users limit 1')).rows.length > 0) return false;
      for (const user of identity.users) await client.query(UPSERT_USER, userValues(user));
      for (const key of identity.keys) await client.query(UPSERT_KEY, keyValues(key));
      return true;
    });
  }

  /** A new user, or a known one changed. */
  async putUser(user: StoredUser): Promise<void> {
    await this.#change((client) => client.query(UPSERT_USER, userValues(user)));
  }

  /** With the access keys. */
  async removeUser(id: string): Promise<void> {
    await this.#change((client) => client.query('delete from headwater.users where id = $1', [id]));
  }

  /** Many, all or none, within the transaction where there is one. */
  async changeUsers(put: readonly StoredUser[], removedIds: readonly string[], within?: Transaction): Promise<void> {
    const work = async (client: Transaction) => {
      await client.query('delete from headwater.users where id = any($1::uuid[])', [removedIds]);
      for (const user of put) await client.query(UPSERT_USER, userValues(user));
      await client.query('select pg_notify($1, $2)', [CHANNEL, '']);
    };
    await (within === undefined ? this.#store.transaction(work) : work(within));
  }

  async putKey(key: StoredAccessKey): Promise<void> {
    await this.#change((client) => client.query(UPSERT_KEY, keyValues(key)));
  }

  async removeKey(id: string): Promise<void> {
    await this.#change((client) => client.query('delete from headwater.access_keys where id = $1', [id]));
  }

  /** Nobody is told of it, as it changes no right. */
  async keyUsed(id: string, at: Date): Promise<void> {
    await this.#store.db.update(accessKeys).set({ lastUsedAt: at }).where(eq(accessKeys.id, id));
  }

  /** Puts what is sealed in the place of what was, all or none; returns how many. */
  reseal(anew: (sealed: string, place: string) => string): Promise<number> {
    return this.#change(async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
      const text = 'select id, totp_secret as sealed from headwater.users where totp_secret is not null for update';
      const factors = (await client.query<{ id: string; sealed: string }>(text)).rows;
      for (const { id, sealed } of factors) {
        const values = [id, anew(sealed, totpPlace(id))];
        await client.query('update headwater.users set totp_secret = $2, updated_at = now() where id = $1', values);
      }
      const all = 'select id, sealed_secret as sealed from headwater.access_keys for update';
      const keys = (await client.query<{ id: string; sealed: string }>(all)).rows;
      for (const { id, sealed } of keys) {
        const values = [id, anew(sealed, keyPlace(id))];
        await client.query(
          'update headwater.access_keys set sealed_secret = $2, updated_at = now() where id = $1',
          values,
        );
      }
      return factors.length + keys.length;
    });
  }

  /** Calls back when the database is there, after each change by any node (polled every 5 s); returns the way to end it. */
  onChange(callback: () => void): () => void {
    return followChanges({
      ...{ store: this.#store, channel: CHANNEL, callback },
      fingerprint: () => this.#fingerprint(),
      onFailure: (reason) => this.#log.warn({ reason }, 'users cannot be asked for'),
    });
  }

  async #fingerprint(): Promise<string> {
    const [row] = await this.#store.query<{ text: string }>(
      `select concat_ws('/', (select count(*) from headwater.users), (select max(updated_at) from headwater.users),
        (select count(*) from headwater.access_keys), (select max(updated_at) from headwater.access_keys)) as text`,
    );
    return row?.text ?? '';
  }

  #change<T>(work: (client: ClientBase) => Promise<T>): Promise<T> {
    return this.#store.transaction(async (client) => {
      const result = await work(client);
      await client.query('select pg_notify($1, $2)', [CHANNEL, '']);
      return result;
    });
  }
}

/** What the second factor's secret is sealed for. */
export const totpPlace = (userId: string): string => `users/${userId}/totp`;

/** What an access key's secret is sealed for. */
export const keyPlace = (keyId: string): string => `access_keys/${keyId}/secret`;

function userValues(user: StoredUser): unknown[] {
  return [
    ...[user.id, user.name, JSON.stringify(user.grants), JSON.stringify(user.statements)],
    ...[user.passwordHash, user.totpSecret, user.recoveryHashes, user.isEnabled, user.createdAt, user.endedBefore],
  ];
}

function keyValues(key: StoredAccessKey): unknown[] {
  return [key.id, key.userId, key.sealedSecret, key.note, key.createdAt, key.lastUsedAt];
}
