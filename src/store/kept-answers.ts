import type { ClientBase } from 'pg';
import type { SecretBox } from './sealing/index.ts';
import type { Store } from './store.ts';

/** Beyond so many the oldest go. */
const MOST = 100_000;
/** So many are in memory at once while all are sealed anew. */
const PAGE = 500;
/** How often they are looked at: each time so many came. */
const PRUNE_EVERY = 500;

/** What is known of a request that came before; without an answer it is being done, or was cut off. */
export type KeptAnswer = {
  /** A hash of what was asked for. */
  readonly request: string;
  readonly answer: string | undefined;
};

/** Answers for those who ask again, for a day; sealed, as there may be secrets in them. */
export class KeptAnswers {
  readonly #store: Store;
  readonly #box: SecretBox;
  #begun = 0;

  constructor({ store, box }: { readonly store: Store; readonly box: SecretBox }) {
    this.#store = store;
    this.#box = box;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  /** Takes the id for a request that nobody asked for within a day, and gives undefined; else what is known of that. */
  async begin(id: string, request: string): Promise<KeptAnswer | undefined> {
    if (this.#begun++ % PRUNE_EVERY === 0) await this.prune();
    const taken = await this.#store.query(
      `insert into headwater.kept_answers (id, request) values ($1, $2)
       on conflict (id) do update set request = excluded.request, sealed_answer = null, begun_at = now()
         where kept_answers.begun_at < now() - interval '1 day'
       returning id`,
      [id, request],
    );
    if (taken.length > 0) return undefined;
    const [row] = await this.#store.query<{ request: string; sealed_answer: string | null }>(
      'select request, sealed_answer from headwater.kept_answers where id = $1',
      [id],
    );
    return row ? { request: row.request, answer: this.#opened(id, row.sealed_answer) } : { request, answer: undefined };
  }

  async finish(id: string, answer: string): Promise<void> {
    const sealed = this.#box.seal(answer, placeOf(id));
    await this.#store.query(FINISH, [id, sealed]);
  }

  /** It was not done, so it may be asked for again. */
  async forget(id: string): Promise<void> {
    await this.#store.query('delete from headwater.kept_answers where id = $1', [id]);
  }

  /** Removes those of yesterday, and the oldest of too many. */
  async prune(most = MOST): Promise<void> {
    await this.#store.query(
      `delete from headwater.kept_answers where begun_at < now() - interval '1 day' or begun_at < (
         select begun_at from headwater.kept_answers order by begun_at desc offset $1 limit 1)`,
      [most],
    );
  }

  /** Seals all with the first master key; returns how many. What no key opens is of no use to anybody, and goes. */
  async reseal(): Promise<number> {
    await this.prune();
    return this.#store.transaction(async (client) => {
      let count = 0;
      for (let after = ''; ; ) {
        const select = `select id, sealed_answer as sealed from headwater.kept_answers
          where sealed_answer is not null and id > $1 order by id limit $2 for update`;
        const { rows } = await client.query<{ id: string; sealed: string }>(select, [after, PAGE]);
        for (const row of rows) if (await this.#resealOne(client, row)) count++;
        const last = rows.at(-1);
        if (last === undefined || rows.length < PAGE) return count;
        after = last.id;
      }
    });
  }

  async #resealOne(client: ClientBase, { id, sealed }: { readonly id: string; readonly sealed: string }) {
    const answer = this.#opened(id, sealed);
    if (answer === undefined) await client.query('delete from headwater.kept_answers where id = $1', [id]);
    else await client.query(FINISH, [id, this.#box.seal(answer, placeOf(id))]);
    return answer !== undefined;
  }

  /** With another master key than then, nobody knows any more what was answered. */
  #opened(id: string, sealed: string | null): string | undefined {
    if (sealed === null) return undefined;
    try {
      return this.#box.open(sealed, placeOf(id));
    } catch {
      return undefined;
    }
  }
}

const FINISH = 'update headwater.kept_answers set sealed_answer = $2 where id = $1';

const placeOf = (id: string) => `kept_answers/${id}`;
