import type { StoredAlarm, StoredSilence } from './files/index.ts';
import { storable } from './outbox-entry.ts';
import type { Store } from './store.ts';

interface AlarmRow {
  readonly id: string;
  readonly node_id: string;
  readonly cleared_at: Date | null;
  readonly body: Omit<StoredAlarm, 'acknowledged'>;
  readonly acknowledged: StoredAlarm['acknowledged'] | null;
}

/** Which alarms to list, the newest first; `before` is the last one of the page before. */
export interface AlarmFilter {
  readonly isOpen?: boolean | undefined;
  readonly code?: string | undefined;
  readonly before?: { readonly raisedAtMs: number; readonly id: string } | undefined;
  readonly limit: number;
}

/** A node as the others know it. */
export interface SeenNode {
  readonly nodeId: string;
  readonly name: string;
  readonly unseenMs: number;
  /** What the database's clock shows. */
  readonly databaseMs: number;
}

/** Whether a node watches for all, and what there is to see. */
export interface AlarmWatch {
  readonly isWatcher: boolean;
  /** Another one when an open alarm or a silence is another than before. */
  readonly mark: string;
}

/** $1 is this node, $2 its lease in ms; a later end than twice that was given before the clock was set back. */
const OTHER_WATCHERS = `select 1 from headwater.alarm_nodes
  where node_id <> $1 and watches_until > now() and watches_until < now() + $2::float8 * interval '2 ms'`;
const FIELDS = 'id, node_id, cleared_at, body, acknowledged';
const KEPT_DAYS = 90;

/** Alarms as all nodes on one database share them. */
export class AlarmTables {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  /** Undefined where it is now there in our name; else the same alarm that another node raised before. */
  async raise(alarm: StoredAlarm): Promise<StoredAlarm | undefined> {
    const text = `insert into headwater.alarms (id, code, subject, node_id, scope, raised_at, body, acknowledged, cleared_at)
      values ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000), $7, $8, to_timestamp($9::float8 / 1000))
      on conflict do nothing returning id`;
    const { id, code, nodeId, scope, raisedAtMs, clearedAtMs = null } = alarm;
    const subject = subjectText(alarm);
    const values = [id, code, subject, nodeId, scope, raisedAtMs, bodyOf(alarm), ackOf(alarm), clearedAtMs];
    if ((await this.#store.query(text, values)).length > 0) return undefined;
    const others = `select ${FIELDS} from headwater.alarms
      where id = $1 or (code = $2 and subject = $3 and cleared_at is null)`;
    const found = (await this.#store.query<AlarmRow>(others, [id, code, subject])).map(alarmOf);
    return found.some((each) => each.id === id) ? undefined : found[0];
  }

  /** Whether it was open until now. */
  async clear(alarm: StoredAlarm, clearedAtMs: number): Promise<boolean> {
    const text = `update headwater.alarms
      set cleared_at = to_timestamp($2::float8 / 1000), updated_at = now(), body = $3
      where id = $1 and cleared_at is null returning id`;
    return (await this.#store.query(text, [alarm.id, clearedAtMs, bodyOf({ ...alarm, clearedAtMs })])).length > 0;
  }

  /** What its node knows of it, and who acknowledged it if that is known here. */
  async update(alarm: StoredAlarm): Promise<void> {
    const text = `update headwater.alarms
      set body = $2, node_id = $3, acknowledged = coalesce($4::jsonb, acknowledged), updated_at = now(),
        cleared_at = coalesce(cleared_at, to_timestamp($5::float8 / 1000))
      where id = $1`;
    const { id, nodeId, clearedAtMs = null } = alarm;
    await this.#store.query(text, [id, bodyOf(alarm), nodeId, ackOf(alarm), clearedAtMs]);
  }

  /** False where there is no such alarm. */
  async acknowledge(id: string, acknowledged: NonNullable<StoredAlarm['acknowledged']>): Promise<boolean> {
    const text = 'update headwater.alarms set acknowledged = $2, updated_at = now() where id = $1 returning id';
    return (await this.#store.query(text, [id, JSON.stringify(storable(acknowledged))])).length > 0;
  }

  async open(): Promise<StoredAlarm[]> {
    const text = `select ${FIELDS} from headwater.alarms where cleared_at is null limit 5000`;
    return (await this.#store.query<AlarmRow>(text)).map(alarmOf);
  }

  async find(id: string): Promise<StoredAlarm | undefined> {
    const text = `select ${FIELDS} from headwater.alarms where id = $1`;
    return (await this.#store.query<AlarmRow>(text, [id])).map(alarmOf)[0];
  }

  async list({ isOpen, code, before, limit }: AlarmFilter): Promise<StoredAlarm[]> {
    const text = `select ${FIELDS} from headwater.alarms
      where ($1::boolean is null or (cleared_at is null) = $1)
        and ($2::text is null or code = $2)
        and ($3::float8 is null or (raised_at, id) < (to_timestamp($3::float8 / 1000), $4::uuid))
      order by raised_at desc, id desc limit $5`;
    const place = [before?.raisedAtMs ?? null, before?.id ?? null];
    return (await this.#store.query<AlarmRow>(text, [isOpen ?? null, code ?? null, ...place, limit])).map(alarmOf);
  }

  async silences(): Promise<StoredSilence[]> {
    const text = `select id, code, subject, until, created_at, author, reason, is_deleted, updated_at
      from headwater.alarm_silences where until > now() limit 2000`;
    type Row = Record<'id' | 'code' | 'subject' | 'author' | 'reason', string> &
      Record<'until' | 'created_at' | 'updated_at', Date> & { is_deleted: boolean };
    return (await this.#store.query<Row>(text)).map((row) => ({
      ...{ id: row.id, code: row.code, subject: row.subject, by: row.author, reason: row.reason },
      ...{ untilMs: row.until.getTime(), createdAtMs: row.created_at.getTime(), updatedAtMs: row.updated_at.getTime() },
      ...{ isDeleted: row.is_deleted, isUnsynced: false },
    }));
  }

  async putSilence(silence: StoredSilence): Promise<void> {
    const text = `insert into headwater.alarm_silences
        (id, code, subject, until, created_at, author, reason, is_deleted, updated_at)
      values ($1, $2, $3, to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000), $6, $7, $8,
        to_timestamp($9::float8 / 1000))
      on conflict (id) do update set until = excluded.until, is_deleted = excluded.is_deleted,
        reason = excluded.reason, updated_at = excluded.updated_at
      where headwater.alarm_silences.updated_at < excluded.updated_at`;
    const { id, code, subject, untilMs, createdAtMs, by, reason, isDeleted, updatedAtMs } = storable(silence);
    const values = [id, code, subject, untilMs, createdAtMs, by, reason, isDeleted, updatedAtMs];
    await this.#store.query(text, values);
  }

  /** Says that this node is there, and whether it is the one that watches for all, which it may then for `leaseMs`. */
  async watch(nodeId: string, name: string, leaseMs: number): Promise<AlarmWatch> {
    const text = `with others as (${OTHER_WATCHERS}),
      self as (
        insert into headwater.alarm_nodes as n (node_id, name, seen_at) values ($1, $3, now())
        on conflict (node_id) do update set name = excluded.name, seen_at = now(), is_gone = false,
          watches_until = case when n.watches_until > now() and not exists (select from others)
            then now() + $2::float8 * interval '1 ms' else n.watches_until end
        returning watches_until)
      select exists (select from others) as "isOthers", coalesce(watches_until > now(), false) as "isOurs",
        hashtextextended(concat(
          (select string_agg(concat(id, updated_at), ' ' order by id) from headwater.alarms where cleared_at is null), '/',
          (select string_agg(concat(id, updated_at), ' ' order by id) from headwater.alarm_silences where until > now())
        ), 0)::text as mark
      from self`;
    type Row = { readonly isOthers: boolean; readonly isOurs: boolean; readonly mark: string };
    const [row] = await this.#store.query<Row>(text, [nodeId, leaseMs, name]);
    if (!row) throw new Error('the node was not written');
    const { isOthers, isOurs, mark } = row;
    return { isWatcher: !isOthers && (isOurs || (await this.#takeWatch(nodeId, leaseMs))), mark };
  }

  /** One node after the other, or two would take it. */
  #takeWatch(nodeId: string, leaseMs: number): Promise<boolean> {
    return this.#store.transaction(async (client) => {
      await client.query("select pg_advisory_xact_lock(hashtext('headwater.alarm_nodes'))");
      const { rows } = await client.query(
        `update headwater.alarm_nodes set watches_until = now() + $2::float8 * interval '1 ms'
         where node_id = $1 and not exists (${OTHER_WATCHERS}) returning node_id`,
        [nodeId, leaseMs],
      );
      return rows.length > 0;
    });
  }

  /** This node goes: nobody misses it, and another may watch. */
  async leave(nodeId: string): Promise<void> {
    const text = 'update headwater.alarm_nodes set is_gone = true, watches_until = null where node_id = $1';
    await this.#store.query(text, [nodeId]);
  }

  async nodes(): Promise<SeenNode[]> {
    const text = `select node_id as "nodeId", name,
        (extract(epoch from now() - seen_at) * 1000)::float8 as "unseenMs",
        (extract(epoch from now()) * 1000)::float8 as "databaseMs"
      from headwater.alarm_nodes where not is_gone and seen_at > now() - interval '1 day' order by node_id`;
    return this.#store.query<SeenNode & Record<string, unknown>>(text);
  }

  /** The streams that other nodes have, as far as they have been heard of within `withinMs`. */
  async streamsElsewhere(nodeId: string, withinMs: number): Promise<Record<'domain' | 'app' | 'stream', string>[]> {
    const text = `select distinct s.domain, s.app, s.stream
      from headwater.publish_sessions s join headwater.alarm_nodes n on n.node_id = s.node_id
      where s.closed_at is null and s.node_id <> $1 and not n.is_gone and n.seen_at > now() - $2::float8 * interval '1 ms'`;
    return this.#store.query(text, [nodeId, withinMs]);
  }

  /** Endpoints whose oldest waiting callback has been tried so often in vain. */
  async failingEndpoints(
    attempts: number,
  ): Promise<{ readonly endpoint: string; readonly waiting: number; readonly error: string | null }[]> {
    const text = `select endpoint_id as endpoint, count(*) as waiting, max(last_error) as error
      from headwater.deliveries
      where state = 'pending' and endpoint_id in (
        select endpoint_id from headwater.deliveries where state = 'pending' and attempts >= $1)
      group by endpoint_id limit 200`;
    return this.#store.query(text, [attempts]);
  }

  /** Uploads of a node that were given up within the last hours, by storage. */
  async deadUploads(nodeId: string, hours: number): Promise<{ readonly storage: string; readonly dead: number }[]> {
    const text = `select storage, count(*) as dead from headwater.uploads
      where state = 'dead' and node_id = $1 and finished_at > now() - $2::float8 * interval '1 hour'
      group by storage`;
    return this.#store.query(text, [nodeId, hours]);
  }

  /** Removes what is long over, and ends what nodes that are gone for good had raised. */
  async prune(): Promise<void> {
    await this.#store.query(`delete from headwater.alarms where cleared_at < now() - interval '${KEPT_DAYS} days'`);
    await this.#store.query("delete from headwater.alarm_silences where until < now() - interval '7 days'");
    await this.#store.query("delete from headwater.alarm_nodes where seen_at < now() - interval '7 days'");
    await this.#store.query(`update headwater.alarms set cleared_at = now(), updated_at = now()
      where cleared_at is null and scope = 'node'
        and not exists (select 1 from headwater.alarm_nodes n where n.node_id = alarms.node_id)`);
  }
}

/** What tells open alarms of one code from each other: the same on all nodes where it concerns all of them. */
export function subjectText({ scope, nodeId, subject }: Pick<StoredAlarm, 'scope' | 'nodeId' | 'subject'>): string {
  return `${scope === 'node' ? `${nodeId} ` : ''}${subject.kind}:${subject.name}`;
}

function bodyOf({ acknowledged: _, ...alarm }: StoredAlarm): string {
  return JSON.stringify(storable({ ...alarm, isUnsynced: false }));
}

function ackOf({ acknowledged }: StoredAlarm): string | null {
  return acknowledged ? JSON.stringify(storable(acknowledged)) : null;
}

function alarmOf({ body, node_id, cleared_at, acknowledged }: AlarmRow): StoredAlarm {
  return {
    ...body,
    nodeId: node_id,
    ...(cleared_at && { clearedAtMs: cleared_at.getTime() }),
    ...(acknowledged && { acknowledged }),
  };
}
