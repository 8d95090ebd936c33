import { createHash } from 'node:crypto';
import type { Store } from './store.ts';

/** How often those are removed that nobody needs: each time so many came. */
const PRUNE_EVERY = 500;

/** Nonces that a node on this database has seen. */
export class UsedNonces {
  readonly #store: Store;
  #taken = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  /** Whether nobody took it before; it is kept for so long. */
  async take(name: string, keptMs: number): Promise<boolean> {
    if (this.#taken++ % PRUNE_EVERY === 0) {
      await this.#store.query('delete from headwater.used_nonces where until < now()');
    }
    const id = createHash('sha256').update(name).digest('base64url');
    const taken = await this.#store.query(
      `insert into headwater.used_nonces as u (id, until) values ($1, now() + $2::float8 * interval '1 millisecond')
       on conflict (id) do update set until = excluded.until where u.until < now() returning 1`,
      [id, keptMs],
    );
    return taken.length > 0;
  }
}
