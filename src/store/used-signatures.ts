import type { Store } from './store.ts';

export type UsedSignaturesOptions = {
  readonly store: Store;
  readonly wallMs: () => number;
  readonly onFailure: (error: unknown) => void;
};

type Taken = {
  readonly id: string;
  readonly expiresMs: number;
  /** Undefined: that cannot be said now. */
  readonly answer: (isFirst: boolean | undefined) => void;
};
type GivenBack = { readonly givenBack: string; readonly done: () => void };
type Change = Taken | GivenBack;

/** A viewer does not wait longer for a database that says nothing. */
const PATIENCE_MS = 1000;
const AT_ONCE = 500;
/** What is kept to be told while the database is away; more is known to this node only. */
const MOST_UNTOLD = 100_000;
const PRUNE_EVERY = 5000;
/** By so much clocks of nodes may differ before one of them forgets what another one still needs. */
const KEPT_AFTER_MS = 24 * 3600 * 1000;

const TAKE = `insert into headwater.used_signatures (id, expires_ms)
  select * from unnest($1::text[], $2::float8[]) order by 1 on conflict (id) do nothing returning id`;

/** Which signatures opened their one session at any node on this database; what comes at once is asked together. */
export class UsedSignatures {
  readonly #options: UsedSignaturesOptions;
  readonly #endListening: () => void;
  #untold: Change[] = [];
  #telling: Promise<void> | undefined;
  #taken = 0;

  constructor(options: UsedSignaturesOptions) {
    this.#options = options;
    this.#endListening = options.store.onState(({ kind }) => kind === 'ready' && this.#tell());
  }

  /** Whether nobody took it before; undefined where that cannot be said now: then it is told later that it was taken. */
  take(id: string, expiresMs: number): Promise<boolean | undefined> {
    return this.#told<boolean | undefined>((answer) => this.#add({ id, expiresMs, answer }));
  }

  /** Its session did not come about; resolves when all nodes can know, or that takes too long. */
  giveBack(id: string): Promise<void> {
    return this.#told<void>((done) => this.#add({ givenBack: id, done }));
  }

  /** False also where it cannot be said now. */
  async isTaken(id: string): Promise<boolean> {
    const { store } = this.#options;
    if (store.state.kind !== 'ready') return false;
    return (await store.query('select 1 from headwater.used_signatures where id = $1', [id])).length > 0;
  }

  /** What can be told is told. */
  async close(): Promise<void> {
    this.#endListening();
    await this.#telling;
  }

  /** Whoever waits does so for as long as the database may take. */
  #told<T>(add: (answer: (value: T | undefined) => void) => void): Promise<T | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
      const answer = (value: T | undefined) => {
        clearTimeout(timer);
        resolve(value);
      };
      add(answer);
      if (this.#options.store.state.kind !== 'ready') answer(undefined);
    });
  }

  #add(change: Change): void {
    if (this.#untold.length < MOST_UNTOLD) this.#untold.push(change);
    else untold(change);
    this.#tell();
  }

  #tell(): void {
    if (this.#canTell) this.#telling ??= this.#tellAll();
  }

  get #canTell(): boolean {
    return this.#untold.length > 0 && this.#options.store.state.kind === 'ready';
  }

  async #tellAll(): Promise<void> {
    try {
      while (this.#canTell) {
        const some = this.#next();
        if (isAllTaken(some)) await this.#writeTaken(some);
        else await this.#writeGivenBack(some);
        this.#untold = this.#untold.slice(some.length);
      }
    } catch (error) {
      for (const change of this.#untold) untold(change);
      this.#options.onFailure(error);
    } finally {
      this.#telling = undefined;
    }
  }

  /** The first of one kind, each signature once: who gives back and takes again does it in this order. */
  #next(): readonly Change[] {
    const isTaken = isAllTaken(this.#untold.slice(0, 1));
    const ids = new Set<string>();
    for (const change of this.#untold.slice(0, AT_ONCE)) {
      const id = 'answer' in change ? change.id : change.givenBack;
      if ('answer' in change !== isTaken || ids.has(id)) break;
      ids.add(id);
    }
    return this.#untold.slice(0, ids.size);
  }

  async #writeTaken(some: readonly Taken[]): Promise<void> {
    await this.#prune(some.length);
    const values = [some.map(({ id }) => id), some.map(({ expiresMs }) => expiresMs)];
    const rows = await this.#options.store.query<{ id: string }>(TAKE, values);
    const first = new Set(rows.map(({ id }) => id));
    for (const { id, answer } of some) answer(first.has(id));
  }

  async #writeGivenBack(some: readonly Change[]): Promise<void> {
    const back = some.filter((change) => 'givenBack' in change);
    const text = 'delete from headwater.used_signatures where id = any($1::text[])';
    await this.#options.store.query(text, [back.map(({ givenBack }) => givenBack)]);
    for (const { done } of back) done();
  }

  async #prune(taken: number): Promise<void> {
    const isDue = this.#taken % PRUNE_EVERY < taken;
    this.#taken += taken;
    if (!isDue) return;
    const text = 'delete from headwater.used_signatures where expires_ms < $1';
    await this.#options.store.query(text, [this.#options.wallMs() - KEPT_AFTER_MS]);
  }
}

/** Nobody waits for it any more; it is told when the database is there. */
function untold(change: Change): void {
  if ('answer' in change) change.answer(undefined);
  else change.done();
}

function isAllTaken(some: readonly Change[]): some is readonly Taken[] {
  return some.every((change) => 'answer' in change);
}
