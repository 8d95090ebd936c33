import type { ClientBase } from 'pg';
import type { Logger } from './base/index.ts';
import { certificatePlace, type StoredCertificate } from './files/index.ts';
import { followChanges } from './follow-changes.ts';
import type { Store } from './store.ts';

const CHANNEL = 'headwater_certificates';
const LOCK_KEY = 48_651_020;

type Row = {
  readonly id: string;
  readonly hosts: string[];
  readonly cert: string;
  readonly sealed_key: string;
  readonly source: StoredCertificate['source'];
  readonly added_at: Date;
  readonly added_by: string;
};

/** The certificates that all nodes of a database show; keys are sealed with the master key. */
export class CertificateTable {
  readonly #store: Store;
  readonly #log: Logger;

  constructor({ store, log }: { readonly store: Store; readonly log: Logger }) {
    this.#store = store;
    this.#log = log;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  /** The newest first. */
  async load(): Promise<StoredCertificate[]> {
    const text = `select id, hosts, cert, sealed_key, source, added_at, added_by from headwater.certificates
      order by added_at desc, id`;
    const rows = await this.#store.query<Row>(text);
    return rows.map(({ sealed_key: sealedKey, added_at, added_by: by, ...rest }) => ({
      ...{ ...rest, sealedKey, by, addedMs: added_at.getTime(), isShared: true },
    }));
  }

  /** In the place of those for the same hosts, unless one for all of them was added later. */
  async put({ id, hosts, cert, sealedKey, source, addedMs, by }: StoredCertificate): Promise<void> {
    const addedAt = new Date(addedMs);
    await this.#change(async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
      const newer = 'select 1 from headwater.certificates where hosts @> $1::text[] and added_at > $2';
      if ((await client.query(newer, [hosts, addedAt])).rows.length > 0) return;
      await client.query('delete from headwater.certificates where hosts <@ $1::text[]', [hosts]);
      await client.query(
        `insert into headwater.certificates (id, hosts, cert, sealed_key, source, added_at, added_by)
          values ($1, $2::text[], $3, $4, $5, $6, $7) on conflict (id) do nothing`,
        [id, hosts, cert, sealedKey, source, addedAt, by],
      );
    });
  }

  async remove(id: string): Promise<void> {
    await this.#change((client) => client.query('delete from headwater.certificates where id = $1', [id]));
  }

  /** True for the one node that may renew it within the next quarter of an hour. */
  async claimRenewal(id: string): Promise<boolean> {
    const text = `update headwater.certificates set renewing_until = now() + interval '15 minutes'
      where id = $1 and (renewing_until is null or renewing_until < now()) returning id`;
    return (await this.#store.query(text, [id])).length > 0;
  }

  /** Seals all keys with the first master key; returns how many. */
  reseal(anew: (sealed: string, place: string) => string): Promise<number> {
    return this.#change(async (client) => {
      const text = 'select id, sealed_key as sealed from headwater.certificates for update';
      const { rows } = await client.query<{ id: string; sealed: string }>(text);
      for (const { id, sealed } of rows) {
        const values = [id, anew(sealed, certificatePlace(id))];
        await client.query(
          'update headwater.certificates set sealed_key = $2, updated_at = now() where id = $1',
          values,
        );
      }
      return rows.length;
    });
  }

  /** Calls back when the database is there and after each change by any node (polled every 5 s); returns the way to end it. */
  onChange(callback: () => void): () => void {
    return followChanges({
      ...{ store: this.#store, channel: CHANNEL, callback },
      fingerprint: () => this.#fingerprint(),
      onFailure: (reason) => this.#log.warn({ reason }, 'certificates cannot be asked for'),
    });
  }

  async #fingerprint(): Promise<string> {
    const text =
      "select coalesce(string_agg(id || '@' || updated_at, ' ' order by id), '') as text from headwater.certificates";
    return (await this.#store.query<{ text: string }>(text))[0]?.text ?? '';
  }

  #change<T>(work: (client: ClientBase) => Promise<T>): Promise<T> {
    return this.#store.transaction(async (client) => {
      const result = await work(client);
      await client.query('select pg_notify($1, $2)', [CHANNEL, '']);
      return result;
    });
  }
}
