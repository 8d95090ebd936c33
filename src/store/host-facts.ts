import { eq } from 'drizzle-orm';
import { hostFacts } from './schema.ts';
import type { Store } from './store.ts';

/** What is known of a host beside the rules. */
export type StoredHostFacts = Omit<typeof hostFacts.$inferSelect, 'fingerprint'>;

/** What somebody says of a host; what is left out stays as it is. */
export type NotedFacts = {
  readonly region?: string | undefined;
  readonly scope?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
};

const KEPT_MS = 1000;
const ALL = `select host, first_seen_at "firstSeenAt", modified_at "modifiedAt", region, scope, description, tags
  from headwater.host_facts`;

/** The hosts of the rules, since when they are known and what was said of them. */
export class HostFacts {
  readonly #store: Store;
  #read: { readonly rows: Promise<StoredHostFacts[]>; readonly atMs: number } | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** As they were within the last second; what this node changes is seen at once. */
  all(): Promise<readonly StoredHostFacts[]> {
    const now = performance.now();
    if (this.#read && now - this.#read.atMs < KEPT_MS) return this.#read.rows;
    const read = { rows: this.#store.query<StoredHostFacts>(ALL), atMs: now };
    this.#read = read;
    read.rows.catch(() => {
      if (this.#read === read) this.#read = undefined;
    });
    return read.rows;
  }

  async get(host: string): Promise<StoredHostFacts | undefined> {
    const [row] = await this.#store.db.select().from(hostFacts).where(eq(hostFacts.host, host));
    return row && withoutFingerprint(row);
  }

  async note(host: string, noted: NotedFacts): Promise<StoredHostFacts> {
    const given = Object.fromEntries(Object.entries(noted).filter(([, value]) => value !== undefined));
    const [row] = await this.#store.db
      .insert(hostFacts)
      .values({ host, ...given })
      .onConflictDoUpdate({ target: hostFacts.host, set: { ...given, modifiedAt: new Date() } })
      .returning();
    this.#read = undefined;
    if (row === undefined) throw new Error('facts were written but not returned');
    return withoutFingerprint(row);
  }

  /** These are the hosts of the rules now, each with a fingerprint of what they say of it; others are forgotten. */
  async follow(hosts: ReadonlyMap<string, string>): Promise<void> {
    const names = [...hosts.keys()];
    await this.#store.query('delete from headwater.host_facts where host <> all($1::text[])', [names]);
    await this.#store.query(
      `insert into headwater.host_facts (host, fingerprint)
       select * from unnest($1::text[], $2::text[])
       on conflict (host) do update set
         fingerprint = excluded.fingerprint,
         modified_at = case when host_facts.fingerprint = '' then host_facts.modified_at else now() end
       where host_facts.fingerprint <> excluded.fingerprint`,
      [names, [...hosts.values()]],
    );
    this.#read = undefined;
  }
}

function withoutFingerprint({ fingerprint: _, ...rest }: typeof hostFacts.$inferSelect): StoredHostFacts {
  return rest;
}
