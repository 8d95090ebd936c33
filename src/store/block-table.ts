import type { StoredBlock } from './files/index.ts';
import type { Store } from './store.ts';

const CHANNEL = 'headwater_blocks';

/** What all nodes on one database know of blocked streams: of each the change that was made last, by the nodes' clocks. */
export class BlockTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  /** Keeps what is newer than what is kept, and tells all nodes. */
  async put(blocks: readonly Required<StoredBlock>[]): Promise<void> {
    const text = `with put as (
        insert into headwater.stream_blocks as b
          (domain, app, stream, since_ms, until_ms, reason, by, is_lifted, changed_ms)
        select domain, app, stream, "sinceMs", "untilMs", reason, by, "isLifted", "changedMs"
        from json_to_recordset($1::json) as given(domain text, app text, stream text, "sinceMs" double precision,
          "untilMs" double precision, reason text, by text, "isLifted" boolean, "changedMs" double precision)
        order by domain, app, stream
        on conflict (domain, app, stream) do update set since_ms = excluded.since_ms, until_ms = excluded.until_ms,
          reason = excluded.reason, by = excluded.by, is_lifted = excluded.is_lifted,
          changed_ms = excluded.changed_ms, updated_at = now()
        where excluded.changed_ms > b.changed_ms
        returning 1)
      select pg_notify('${CHANNEL}', '') from (select count(*) as count from put) as counted where count > 0`;
    await this.#store.query(text, [JSON.stringify(blocks)]);
  }

  /** Those that changed within the last so many seconds, or all. */
  changed(seconds?: number): Promise<Required<StoredBlock>[]> {
    const which = seconds === undefined ? 'true' : "updated_at > now() - $1::float8 * interval '1 second'";
    return this.#store.query<Required<StoredBlock>>(
      `select domain, app, stream, since_ms as "sinceMs", until_ms as "untilMs", reason, by,
         is_lifted as "isLifted", changed_ms as "changedMs"
       from headwater.stream_blocks where ${which}`,
      seconds === undefined ? [] : [seconds],
    );
  }

  /** Forgets those that are over. */
  async forgetOver(nowMs: number): Promise<void> {
    await this.#store.query('delete from headwater.stream_blocks where until_ms < $1', [nowMs]);
  }

  /** Calls back after each change by any node, as far as it is heard, and when the database is there again. */
  onChange(changed: () => void, ready: () => void): () => void {
    const endListening = this.#store.listen(CHANNEL, changed);
    const endState = this.#store.onState(({ kind }) => kind === 'ready' && ready());
    return () => {
      endListening();
      endState();
    };
  }
}
