import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { type Logger, rootMessage } from './base/index.ts';
import { SCHEMA_NAME } from './schema.ts';
import type { Store, Transaction } from './store.ts';

const LEASE_MS = 20_000;
const RENEW_EVERY_MS = 5_000;
const SWEEP_EVERY_MS = 1_000;
/** While nothing is pending: what comes is heard. */
const IDLE_SWEEP_EVERY_MS = 15_000;

/** Further ahead than anything is put off or leased: such a time was given before the database's clock was set back. */
const ABSURDLY_AHEAD = "now() + interval '15 minutes'";

/** SQL: the row `t` may be tried now. */
export function isDue(t: string): string {
  return `(${t}.next_attempt_at <= now() or ${t}.next_attempt_at > ${ABSURDLY_AHEAD})`;
}

/** SQL: nobody has the row `t`; a lease from before the clock was set back counts for nothing. */
export function isUnleased(t: string): string {
  return `(${t}.lease_until is null or ${t}.lease_until < now() or ${t}.lease_until > ${ABSURDLY_AHEAD})`;
}

/**
 * A table of work. Its columns are id, state ('pending', the done state, 'dead'), attempts, first_attempt_at,
 * next_attempt_at, lease_owner, lease_until and finished_at. With `line`, of all pending rows equal in `group` only the lowest by `order` can be claimed.
 */
export interface ClaimTable {
  readonly name: string;
  readonly doneState: string;
  readonly channel: string;
  readonly order: string;
  readonly line?: { readonly group: readonly string[] };
  /** A further SQL condition on the row `t` (a quota, a pause). */
  readonly condition?: string;
  /** In place of order, line and condition: names the rows to take, for one process at a time over all of them. */
  readonly choose?: (client: Transaction, limit: number) => Promise<readonly number[]>;
  /** Further SQL assignments at a claim; with `choose`, `c.n` is 1 for the first of the rows, and so on. */
  readonly atClaim?: string;
}

/** What every table of work has. */
export interface ClaimRow extends pg.QueryResultRow {
  readonly id: number;
  readonly attempts: number;
  readonly first_attempt_at: Date;
}

/** A row that is ours until its lease ends; `lost` is aborted when somebody else may take it. */
export interface Claim<Row extends ClaimRow> {
  readonly row: Row;
  readonly lost: AbortSignal;
}

/** Rows to leave where they are: those whose `column` has one of these values. */
export interface Exclusion {
  readonly column: string;
  readonly values: readonly string[];
}

/** Columns to set along with the outcome. */
export type Changes = Readonly<Record<string, string | number | null>>;

/** How an attempt went. */
export type Outcome =
  | { readonly kind: 'done'; readonly set?: Changes }
  | { readonly kind: 'retry'; readonly inMs: number; readonly set?: Changes }
  | { readonly kind: 'dead'; readonly set?: Changes };

/** More to do in the transaction of a settlement; `write` says whether the lease still was ours, and this returns that. */
export type SettleAround = (client: Transaction, write: () => Promise<boolean>) => Promise<boolean>;

/** For tests the times can be shorter. */
export interface ClaimQueueOptions {
  readonly store: Store;
  readonly table: ClaimTable;
  readonly log: Logger;
  readonly leaseMs?: number;
  readonly renewEveryMs?: number;
  readonly sweepEveryMs?: number;
}

interface Held {
  readonly id: number;
  readonly attempts: number;
  readonly lost: AbortController;
  renewedAt: number;
}

/** Claims rows for this process with SKIP LOCKED and leases: renewed every 5 s, lost after 20 s, each row to one holder. */
export class ClaimQueue<Row extends ClaimRow> {
  readonly #options: ClaimQueueOptions;
  readonly #owner = randomUUID();
  readonly #table: string;
  readonly #held = new Map<number, Held>();
  #renewing: NodeJS.Timeout | undefined;
  #isAnyPending = true;
  #askedAtMs = 0;

  constructor(options: ClaimQueueOptions) {
    this.#options = options;
    this.#table = `${SCHEMA_NAME}.${pg.escapeIdentifier(options.table.name)}`;
  }

  /** Takes up to `limit` due rows; the attempt counts from now, also if this process dies of it. */
  async claim(limit: number, except?: Exclusion): Promise<Claim<Row>[]> {
    const askedAt = performance.now();
    const { choose } = this.#options.table;
    if (!(await this.#isAnyDue())) return [];
    const rows = choose ? await this.#claimChosen(choose, limit) : await this.#claimInOrder(limit, except);
    rows.sort((a, b) => a.id - b.id);
    return rows.map((row) => {
      const lost = new AbortController();
      // A lease that ran out unnoticed, and that we have again.
      const before = this.#held.get(row.id);
      if (before) this.#lose(before);
      this.#held.set(row.id, { id: row.id, attempts: row.attempts, lost, renewedAt: askedAt });
      this.#renewing ??= setInterval(() => void this.#renew(), this.#options.renewEveryMs ?? RENEW_EVERY_MS).unref();
      return { row, lost: lost.signal };
    });
  }

  /**
   * Writes the outcome; false when the lease was lost and the row may be with somebody else. `around` does more in the
   * same transaction, before and after `write`.
   */
  async settle(claim: Claim<Row>, outcome: Outcome, around?: SettleAround): Promise<boolean> {
    const { text, values } = this.#settleStatement(claim, outcome);
    const { store } = this.#options;
    const isOurs = around
      ? await store.transaction((client) =>
          around(client, async () => (await client.query(text, values)).rows.length === 1),
        )
      : (await store.query(text, values)).length === 1;
    this.#forget(claim.row.id, claim.row.attempts);
    return isOurs;
  }

  #settleStatement(claim: Claim<Row>, outcome: Outcome): { readonly text: string; readonly values: unknown[] } {
    const { doneState, channel } = this.#options.table;
    const values: unknown[] = [claim.row.id, this.#owner, claim.row.attempts];
    const assignments = ['lease_owner = null', 'lease_until = null'];
    const assign = (column: string, value: unknown, expression = '?') => {
      values.push(value);
      assignments.push(`${pg.escapeIdentifier(column)} = ${expression.replace('?', `$${values.length}`)}`);
    };
    if (outcome.kind === 'retry') assign('next_attempt_at', outcome.inMs, "now() + ?::float8 * interval '1 ms'");
    else {
      assign('state', outcome.kind === 'done' ? doneState : 'dead');
      assignments.push('finished_at = now()');
    }
    for (const [column, value] of Object.entries(outcome.set ?? {})) assign(column, value);
    const where = "where id = $1 and lease_owner = $2 and attempts = $3 and state = 'pending'";
    const update = `update ${this.#table} set ${assignments.join(', ')} ${where} returning id`;
    // Whoever waits for the next of the line hears of it.
    const text = `with settled as (${update}) select id, pg_notify(${pg.escapeLiteral(channel)}, '') from settled`;
    return { text, values };
  }

  /** Stops renewing: the row comes back when its lease ends. */
  abandon({ row }: Claim<Row>): void {
    this.#forget(row.id, row.attempts);
  }

  /** Gives rows back untried, as on a shutdown. */
  async release(claims: readonly Claim<Row>[]): Promise<void> {
    for (const { row } of claims) this.#forget(row.id, row.attempts);
    const text = `update ${this.#table} set lease_owner = null, lease_until = null, attempts = attempts - 1
      where id = any($1::bigint[]) and lease_owner = $2 and state = 'pending'`;
    await this.#options.store.query(text, [claims.map(({ row }) => row.id), this.#owner]);
  }

  /**
   * Works off the table: woken by NOTIFY, its own outcomes and a sweep, each second while anything is pending. Returns the
   * way to stop.
   */
  work(options: {
    readonly concurrency: number;
    readonly handle: (claim: Claim<Row>) => Promise<Outcome>;
    /** In place of the plain settling of outcomes; false where the lease was lost. */
    readonly settle?: (claim: Claim<Row>, outcome: Outcome) => Promise<boolean>;
    /** The outcome is in the table. */
    readonly settled?: (claim: Claim<Row>, outcome: Outcome) => void;
  }): () => Promise<void> {
    return startWorker({ ...options, ...this.#options, queue: this });
  }

  get #leaseMs(): number {
    return this.#options.leaseMs ?? LEASE_MS;
  }

  #claimInOrder(limit: number, except: Exclusion | undefined): Promise<Row[]> {
    const values: unknown[] = [this.#owner, this.#leaseMs, limit, this.#heldIds];
    if (except !== undefined) values.push([...except.values]);
    return this.#options.store.query<Row>(this.#claimStatement(except), values);
  }

  /** Whether to claim without having heard of anything: only now and then where the last claim found nothing pending, due or not. */
  get isSweepDue(): boolean {
    if (this.#isAnyPending || !this.#options.store.hears) return true;
    return performance.now() - this.#askedAtMs >= IDLE_SWEEP_EVERY_MS;
  }

  /** Most askings find nothing to do: they take no lock and cost next to nothing. */
  async #isAnyDue(): Promise<boolean> {
    const text = `select exists (select from ${this.#table} t where ${this.#dueRows}) as "isDue",
      exists (select from ${this.#table} where state = 'pending') as "isPending"`;
    this.#isAnyPending = true;
    this.#askedAtMs = performance.now();
    const [found] = await this.#options.store.query<{ isDue: boolean; isPending: boolean }>(text);
    this.#isAnyPending = found?.isPending === true;
    return found?.isDue === true;
  }

  get #dueRows(): string {
    return `t.state = 'pending' and ${isDue('t')} and ${isUnleased('t')}`;
  }

  async #claimChosen(choose: NonNullable<ClaimTable['choose']>, limit: number): Promise<Row[]> {
    const { store, table } = this.#options;
    return store.transaction(async (client) => {
      await client.query('select pg_advisory_xact_lock(hashtext($1))', [`headwater.claim.${table.name}`]);
      const ids = await choose(client, limit);
      if (ids.length === 0) return [];
      const text = `update ${this.#table} t set ${this.#claimAssignments}
        from unnest($3::bigint[]) with ordinality c (id, n) where t.id = c.id and ${this.#dueRows} and t.id <> all($4::bigint[]) returning t.*`;
      return (await client.query<Row>(text, [this.#owner, this.#leaseMs, ids, this.#heldIds])).rows;
    });
  }

  /** What this process holds it renews by itself, whatever the database's clock is set to. */
  get #heldIds(): number[] {
    return [...this.#held.keys()];
  }

  /** $1 is the owner, $2 the lease in ms. */
  get #claimAssignments(): string {
    const { atClaim } = this.#options.table;
    return `lease_owner = $1, lease_until = now() + $2::float8 * interval '1 ms', attempts = t.attempts + 1,
        first_attempt_at = coalesce(t.first_attempt_at, now())${atClaim === undefined ? '' : `, ${atClaim}`}`;
  }

  #claimStatement(except: Exclusion | undefined): string {
    const { order, line, condition } = this.#options.table;
    const column = pg.escapeIdentifier(order);
    const same = line?.group.map(pg.escapeIdentifier).map((name) => `o.${name} = t.${name}`);
    const isHead =
      same &&
      `and not exists (select 1 from ${this.#table} o
      where o.state = 'pending' and ${same.join(' and ')} and o.${column} < t.${column})`;
    const isExcepted = except && `and t.${pg.escapeIdentifier(except.column)} <> all($5::text[])`;
    return `with due as (
        select t.id from ${this.#table} t
        where ${this.#dueRows} and t.id <> all($4::bigint[])
          ${isExcepted ?? ''} ${isHead ?? ''} ${condition === undefined ? '' : `and (${condition})`}
        order by t.${column} limit $3 for update of t skip locked)
      update ${this.#table} t
      set ${this.#claimAssignments}
      from due where t.id = due.id returning t.*`;
  }

  async #renew(): Promise<void> {
    const held = [...this.#held.values()];
    const askedAt = performance.now();
    const text = `update ${this.#table} set lease_until = now() + $3::float8 * interval '1 ms'
      where id = any($1::bigint[]) and lease_owner = $2 and state = 'pending' returning id, attempts`;
    try {
      const values = [held.map(({ id }) => id), this.#owner, this.#leaseMs];
      const rows = await this.#options.store.query<{ id: number; attempts: number }>(text, values);
      const renewed = new Set(rows.map(({ id, attempts }) => `${id}/${attempts}`));
      for (const item of held) {
        if (renewed.has(`${item.id}/${item.attempts}`)) item.renewedAt = askedAt;
        else this.#lose(item);
      }
    } catch {
      // The database is away: what cannot be renewed is lost when its lease has run out, by our own clock.
      for (const item of held) if (performance.now() - item.renewedAt > this.#leaseMs) this.#lose(item);
    }
  }

  #lose(item: Held): void {
    if (this.#held.get(item.id) !== item) return;
    this.#options.log.warn({ table: this.#options.table.name, id: item.id }, 'lease lost');
    this.#forget(item.id, item.attempts);
    item.lost.abort();
  }

  #forget(id: number, attempts: number): void {
    if (this.#held.get(id)?.attempts === attempts) this.#held.delete(id);
    if (this.#held.size > 0) return;
    clearInterval(this.#renewing);
    this.#renewing = undefined;
  }
}

interface WorkerOptions<Row extends ClaimRow> extends ClaimQueueOptions {
  readonly queue: ClaimQueue<Row>;
  readonly concurrency: number;
  readonly handle: (claim: Claim<Row>) => Promise<Outcome>;
  readonly settle?: (claim: Claim<Row>, outcome: Outcome) => Promise<boolean>;
  readonly settled?: (claim: Claim<Row>, outcome: Outcome) => void;
}

function startWorker<Row extends ClaimRow>(options: WorkerOptions<Row>): () => Promise<void> {
  const { queue, store, log, table, concurrency } = options;
  const running = new Set<Promise<void>>();
  let isStopped = false;
  let claiming: Promise<void> | undefined;
  let isAskedAgain = false;

  const handle = async (claim: Claim<Row>) => {
    try {
      const outcome = await options.handle(claim).catch((error: unknown): Outcome => {
        log.error({ table: table.name, id: claim.row.id, reason: rootMessage(error) }, 'work failed unexpectedly');
        return { kind: 'retry', inMs: retryDelayMs(claim.row.attempts) };
      });
      const settle = options.settle ?? queue.settle.bind(queue);
      if (await settle(claim, outcome)) options.settled?.(claim, outcome);
    } catch (error) {
      queue.abandon(claim);
      log.warn({ table: table.name, id: claim.row.id, reason: rootMessage(error) }, 'outcome cannot be written');
    }
  };
  const fill = async () => {
    if (store.state.kind !== 'ready') return;
    const claims = await queue.claim(concurrency - running.size);
    if (isStopped && claims.length > 0) return queue.release(claims);
    for (const claim of claims) {
      const task = handle(claim).finally(() => {
        running.delete(task);
        wake();
      });
      running.add(task);
    }
  };
  const wake = () => {
    if (isStopped || running.size >= concurrency) return;
    isAskedAgain = claiming !== undefined;
    claiming ??= fill()
      .catch((error: unknown) => log.warn({ table: table.name, reason: rootMessage(error) }, 'cannot claim'))
      .finally(() => {
        claiming = undefined;
        if (isAskedAgain) wake();
      });
  };
  const endListening = store.listen(table.channel, wake);
  const endState = store.onState(wake);
  const sweep = setInterval(() => queue.isSweepDue && wake(), options.sweepEveryMs ?? SWEEP_EVERY_MS);
  return async () => {
    isStopped = true;
    endListening();
    endState();
    clearInterval(sweep);
    await claiming;
    await Promise.all(running);
  };
}

/** 1 s, 2 s, 4 s ... up to ten minutes, by the number of attempts made. */
export function retryDelayMs(attempts: number): number {
  return Math.min(1_000 * 2 ** Math.max(0, attempts - 1), 600_000);
}
