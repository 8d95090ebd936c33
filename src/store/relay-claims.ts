import type { Store } from './store.ts';

/** Which of the nodes on one database does what only one of them is to do, for as long as it says so again in time. */
export class RelayClaims {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  /** Takes what is free and keeps what is ours, for `leaseMs`; gives the names that are ours now. */
  async take(nodeId: string, names: readonly string[], leaseMs: number): Promise<string[]> {
    const text = `insert into headwater.relay_claims as c (name, node_id, until)
      select name, $1, now() + $3::float8 * interval '1 ms' from unnest($2::text[]) as name order by name
      on conflict (name) do update set node_id = excluded.node_id, until = excluded.until
      where c.node_id = excluded.node_id or c.until < now()
      returning name`;
    const rows = await this.#store.query<{ name: string }>(text, [nodeId, [...new Set(names)], leaseMs]);
    return rows.map(({ name }) => name);
  }

  /** Gives back what is ours and not among these. */
  async keepOnly(nodeId: string, names: readonly string[]): Promise<void> {
    const text = 'delete from headwater.relay_claims where node_id = $1 and name <> all($2::text[])';
    await this.#store.query(text, [nodeId, [...names]]);
  }
}
