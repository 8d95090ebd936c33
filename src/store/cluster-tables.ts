import type { Store } from './store.ts';

const CHANNEL = 'headwater_streams';

/** A node of the cluster, and where the others reach it. */
export type ClusterNode = {
  readonly nodeId: string;
  readonly name: string;
  readonly address: string;
  readonly version: string;
  readonly seenSecondsAgo: number;
};

/** As the database has it; `seenAt` is by its clock, and another one each time that the node says that it is there. */
export type MetNode = ClusterNode & { readonly seenAt: number };

/** Which node publishes a stream, or published it last. */
export type StreamOwner = {
  readonly domain: string;
  readonly app: string;
  readonly name: string;
  readonly nodeId: string;
  readonly epoch: number;
  /** The wall clock at which the stream's time was 0. */
  readonly timeZeroWallMs: number;
  /** Where the stream's time and its segments were when it got this owner, ... */
  readonly beganDtsMs: number | null;
  readonly firstSegment: number | null;
  /** ... and how long ago that was when this was told. */
  readonly ageMs: number;
  readonly isEnded: boolean;
};

/** Who becomes the owner of a stream. */
export type NewOwner = Omit<StreamOwner, 'isEnded' | 'epoch' | 'ageMs'> & { readonly leastEpoch: number };

type OwnerKey = Pick<StreamOwner, 'domain' | 'app' | 'name'>;

const OWNER = `domain, app, name, node_id as "nodeId", epoch, time_zero_wall_ms as "timeZeroWallMs",
  began_dts_ms as "beganDtsMs", first_segment as "firstSegment",
  (extract(epoch from now() - owned_at) * 1000)::float8 as "ageMs", ended_at is not null as "isEnded"`;

/** What the nodes on one database know of each other, and of who publishes what. */
export class ClusterTables {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  /** Says that this node is there; gives all that ever did and are not forgotten. */
  async meet({ nodeId, name, address, version }: Omit<ClusterNode, 'seenSecondsAgo'>): Promise<MetNode[]> {
    return this.#store.query<MetNode>(
      `with self as (
         insert into headwater.cluster_nodes (node_id, name, address, version, seen_at) values ($1, $2, $3, $4, now())
         on conflict (node_id) do update set name = excluded.name, address = excluded.address,
           version = excluded.version, seen_at = now()
         returning *)
       select node_id as "nodeId", name, address, version, extract(epoch from seen_at)::float8 as "seenAt",
         extract(epoch from now() - seen_at)::float8 as "seenSecondsAgo"
       from (select * from self union all select * from headwater.cluster_nodes where node_id <> $1) as nodes
       order by name, node_id`,
      [nodeId, name, address, version],
    );
  }

  async leave(nodeId: string): Promise<void> {
    await this.#store.query('delete from headwater.cluster_nodes where node_id = $1', [nodeId]);
  }

  /** Makes a node the owner of a stream, with an epoch above all before it and at least `leastEpoch`. */
  async own(owner: NewOwner): Promise<StreamOwner> {
    const { domain, app, name, nodeId, timeZeroWallMs, leastEpoch, beganDtsMs, firstSegment } = owner;
    return this.#tell(
      `insert into headwater.stream_owners as o
         (domain, app, name, node_id, epoch, time_zero_wall_ms, began_dts_ms, first_segment, owned_at)
       values ($1, $2, $3, $4, $6, $5, $7, $8, now())
       on conflict (domain, app, name) do update set node_id = excluded.node_id,
         epoch = greatest(o.epoch + 1, excluded.epoch), time_zero_wall_ms = excluded.time_zero_wall_ms,
         began_dts_ms = excluded.began_dts_ms, first_segment = excluded.first_segment, owned_at = now(),
         ended_at = null, updated_at = now()
       returning ${OWNER}`,
      [domain, app, name, nodeId, timeZeroWallMs, leastEpoch, beganDtsMs, firstSegment],
    ) as Promise<StreamOwner>;
  }

  /** The stream has ended; unless another node owns it by now. */
  async end({ domain, app, name }: OwnerKey, nodeId: string): Promise<void> {
    await this.#tell(
      `update headwater.stream_owners set ended_at = now(), updated_at = now()
       where domain = $1 and app = $2 and name = $3 and node_id = $4 and ended_at is null returning ${OWNER}`,
      [domain, app, name, nodeId],
    );
  }

  /** Those that changed within the last so many seconds, or all that may still be published. */
  owners(changedSeconds?: number): Promise<StreamOwner[]> {
    const which =
      changedSeconds === undefined ? 'ended_at is null' : "updated_at > now() - $1::float8 * interval '1 second'";
    const values = changedSeconds === undefined ? [] : [changedSeconds];
    return this.#store.query<StreamOwner>(`select ${OWNER} from headwater.stream_owners where ${which}`, values);
  }

  /** Forgets what nobody needs to go on from. */
  async forgetOld(): Promise<void> {
    await this.#store.query(
      `delete from headwater.stream_owners where ended_at < now() - interval '1 day'
         or updated_at < now() - interval '30 days'`,
    );
    await this.#store.query("delete from headwater.limit_shares where until < now() - interval '1 hour'");
    await this.#store.query("delete from headwater.cluster_nodes where seen_at < now() - interval '1 day'");
  }

  /** Calls back with each change by any node, as far as it is heard, and when the database is there again. */
  onChange(heard: (owner: StreamOwner) => void, ready: () => void): () => void {
    const endListening = this.#store.listen(CHANNEL, (payload) => {
      const owner = ownerOf(payload);
      if (owner) heard(owner);
    });
    const endState = this.#store.onState(({ kind }) => kind === 'ready' && ready());
    return () => {
      endListening();
      endState();
    };
  }

  #tell(change: string, values: readonly unknown[]): Promise<StreamOwner | undefined> {
    return this.#store.transaction(async (client) => {
      const { rows } = await client.query<StreamOwner>(change, [...values]);
      const [owner] = rows;
      if (owner) await client.query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify(owner)]);
      return owner;
    });
  }
}

function ownerOf(payload: string): StreamOwner | undefined {
  try {
    return JSON.parse(payload) as StreamOwner;
  } catch {
    return undefined;
  }
}
