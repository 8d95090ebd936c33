import type { Store } from './store.ts';

/** What a node would have of a limit. */
export type ShareAsked = {
  readonly key: string;
  /** Of all nodes together; left out where a node only tells what it uses. */
  readonly limit?: number;
  readonly used: number;
  readonly wanted: number;
};

/** What it has. */
export type ShareGiven = { readonly key: string; readonly held: number; readonly heldElsewhere: number };

export type SharesGiven = {
  readonly given: readonly ShareGiven[];
  /** Of what this node has a share of, those of which another node has too little. */
  readonly shortElsewhere: readonly string[];
};

/** One node at a time shares out: of what is held nothing may be given out twice. */
const SHARES_LOCK = 48_651_039;
const SHORT_SECONDS = 3;
/** A share that lasts longer was given before the database's clock was set back; whoever lives has renewed it by then. */
const LASTS = "until > now() and until < now() + interval '1 minute'";

// What is used already stays, whatever the limit is by now.
const SHARE = `
  with asked as (
    select * from unnest($3::text[], $4::float8[], $5::float8[], $6::float8[]) as a (key, most, used, wanted)),
  elsewhere as (
    select key, sum(held) as held from headwater.limit_shares
    where key = any ($3::text[]) and node_id <> $1 and ${LASTS} group by key),
  given as (
    insert into headwater.limit_shares as s (key, node_id, held, short_until, until)
    select key, $1, greatest(used, least(wanted, most - coalesce(elsewhere.held, 0))),
      case when wanted > most - coalesce(elsewhere.held, 0) then now() + $7::float8 * interval '1 second' end,
      now() + $2::float8 * interval '1 second'
    from asked left join elsewhere using (key) order by key
    on conflict (key, node_id) do update
      set held = excluded.held, short_until = excluded.short_until, until = excluded.until
    returning key, held)
  select key, given.held, coalesce(elsewhere.held, 0) as "heldElsewhere" from given left join elsewhere using (key)`;

const SHORT_ELSEWHERE = `
  select distinct other.key from headwater.limit_shares other
  join headwater.limit_shares own on own.key = other.key and own.node_id = $1
  where other.node_id <> $1 and other.short_until > now()`;

/** Limits that all nodes count together: each has a share by lease, and what nobody has is given to who asks. */
export class LimitSharesTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  /** Gives a node what it asks for, as far as the others leave it, for so long. */
  share(nodeId: string, leaseSeconds: number, asked: readonly ShareAsked[]): Promise<SharesGiven> {
    return this.#store.transaction(async (client) => {
      const given = asked.length === 0 ? [] : await this.#give(client, nodeId, leaseSeconds, asked);
      const { rows } = await client.query<{ key: string }>(SHORT_ELSEWHERE, [nodeId]);
      return { given, shortElsewhere: rows.map(({ key }) => key) };
    });
  }

  /** A node goes: what it has is the others'. */
  async giveUp(nodeId: string): Promise<void> {
    await this.#store.query('delete from headwater.limit_shares where node_id = $1', [nodeId]);
  }

  async #give(
    client: Pick<Parameters<Parameters<Store['transaction']>[0]>[0], 'query'>,
    nodeId: string,
    leaseSeconds: number,
    asked: readonly ShareAsked[],
  ): Promise<ShareGiven[]> {
    await client.query('select pg_advisory_xact_lock($1)', [SHARES_LOCK]);
    const { rows } = await client.query<ShareGiven>(SHARE, [
      ...[nodeId, leaseSeconds, asked.map(({ key }) => key)],
      asked.map(({ limit }) => limit ?? 'Infinity'),
      asked.map(({ used }) => used),
      asked.map(({ wanted }) => wanted),
      SHORT_SECONDS,
    ]);
    return rows;
  }
}
