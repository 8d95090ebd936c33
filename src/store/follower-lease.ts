import { randomUUID } from 'node:crypto';
import { isUnleased } from './claims.ts';
import type { Store } from './store.ts';

const LEASE_MS = 20_000;
/** Nobody else gets a lease before it has run out, and nobody gets one that another node has: asking now and then does. */
const ASK_EVERY_MS = 5_000;
/** On which followers on other nodes hear that one has left. */
const LEFT_CHANNEL = 'headwater_followers';

export type FollowerLeaseOptions = {
  readonly store: Store;
  readonly table: 'event_followers' | 'job_followers';
  /** Of the follower. */
  readonly name: string;
  /** Where one that is new begins: SQL with `$4`. */
  readonly begin: { readonly sql: string; readonly value: unknown };
  /** The node that had it has left: it may be ours now. */
  readonly onFree: () => void;
};

/** Which of all nodes follows, and how far it has come, by a row in the database. */
export class FollowerLease {
  readonly #options: FollowerLeaseOptions;
  readonly #owner = randomUUID();
  readonly #endListening: () => void;
  #position: number | undefined;
  #askAtMs = 0;

  constructor(options: FollowerLeaseOptions) {
    this.#options = options;
    const { store, table, name, onFree } = options;
    this.#endListening = store.listen(LEFT_CHANNEL, (left) => {
      if (left !== `${table} ${name}` || this.#position !== undefined) return;
      this.lose();
      onFree();
    });
  }

  /** Where to go on, where this node has the lease or gets it; asks the database only when that has to be. */
  async hold(): Promise<number | undefined> {
    const nowMs = performance.now();
    if (nowMs < this.#askAtMs) return this.#position;
    const { store, table, name, begin } = this.#options;
    const text = `insert into headwater.${table} as f (name, position, lease_owner, lease_until)
      values ($1, ${begin.sql}, $2, now() + $3::float8 * interval '1 ms')
      on conflict (name) do update set lease_owner = $2, lease_until = now() + $3::float8 * interval '1 ms'
      where f.lease_owner = $2 or ${isUnleased('f')}
      returning position`;
    const [held] = await store.query<{ position: number }>(text, [name, this.#owner, LEASE_MS, begin.value]);
    this.#position = held?.position;
    this.#askAtMs = nowMs + ASK_EVERY_MS;
    return this.#position;
  }

  /** Everything up to there is handled; false where the lease was another node's meanwhile. */
  async move(position: number): Promise<boolean> {
    const { store, table, name } = this.#options;
    const text = `update headwater.${table} set position = $3, lease_until = now() + $4::float8 * interval '1 ms'
      where name = $1 and lease_owner = $2 returning position`;
    const isOurs = (await store.query(text, [name, this.#owner, position, LEASE_MS])).length > 0;
    this.#position = isOurs ? position : undefined;
    return isOurs;
  }

  /** What is known of it counts no more: the database is asked the next time. */
  lose(): void {
    this.#position = undefined;
    this.#askAtMs = 0;
  }

  /** Another node may have it at once. */
  async leave(): Promise<void> {
    this.#endListening();
    const { store, table, name } = this.#options;
    const text = `with freed as (
        update headwater.${table} set lease_owner = null, lease_until = null where name = $1 and lease_owner = $2 returning 1)
      select pg_notify('${LEFT_CHANNEL}', $3) from freed`;
    await store.query(text, [name, this.#owner, `${table} ${name}`]);
  }
}
