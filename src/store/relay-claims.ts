import type { Store } from './store.ts';

type Held = { readonly until: string; readonly sinceMs: number };

/**
 * Which of the nodes on one database does what only one of them is to do, for as long as it says so again in time. A claim
 * of another node is over when it stayed the same for as long as it lasts, by this node's monotonic clock: the database's
 * may be set.
 */
export class RelayClaims {
  readonly #store: Store;
  readonly #nowMs: () => number;
  /** Claims of other nodes, and since when they have stood unchanged. */
  #held = new Map<string, Held>();

  constructor(store: Store, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  /** Takes what is free and keeps what is ours, for `leaseMs`; gives the names that are ours now. */
  async take(nodeId: string, names: readonly string[], leaseMs: number): Promise<string[]> {
    const wanted = [...new Set(names)];
    const lapsed = await this.#lapsed(nodeId, wanted, leaseMs);
    const text = `insert into headwater.relay_claims as c (name, node_id, until)
      select name, $1, now() + $3::float8 * interval '1 ms' from unnest($2::text[]) as name order by name
      on conflict (name) do update set node_id = excluded.node_id, until = excluded.until
      where c.node_id = excluded.node_id
        or (c.name, c.until::text) in (select * from unnest($4::text[], $5::text[]))
      returning name`;
    const values = [nodeId, wanted, leaseMs, lapsed.map(({ name }) => name), lapsed.map(({ until }) => until)];
    const rows = await this.#store.query<{ name: string }>(text, values);
    return rows.map(({ name }) => name);
  }

  /** Gives back what is ours and not among these. */
  async keepOnly(nodeId: string, names: readonly string[]): Promise<void> {
    const text = 'delete from headwater.relay_claims where node_id = $1 and name <> all($2::text[])';
    await this.#store.query(text, [nodeId, [...names]]);
  }

  async #lapsed(nodeId: string, names: readonly string[], leaseMs: number) {
    const text = `select name, until::text from headwater.relay_claims where node_id <> $1 and name = any($2::text[])`;
    const others = await this.#store.query<{ name: string; until: string }>(text, [nodeId, names]);
    const nowMs = this.#nowMs();
    const held = others.map(({ name, until }): [string, Held] => {
      const before = this.#held.get(name);
      return [name, before?.until === until ? before : { until, sinceMs: nowMs }];
    });
    this.#held = new Map(held);
    return others.filter(({ name }) => nowMs - (this.#held.get(name)?.sinceMs ?? nowMs) >= leaseMs);
  }
}
