import type { Store } from '../store/index.ts';
import type { UsagePoint, UsageQuery } from './usage-point.ts';
import { queryUsage } from './usage-query.ts';

/** What was used, for all who ask: throws DATABASE_UNAVAILABLE while there is no database. */
export class Usage {
  readonly #store: Store;
  readonly #wallMs: () => number;

  constructor({ store, wallMs }: { readonly store: Store; readonly wallMs: () => number }) {
    this.#store = store;
    this.#wallMs = wallMs;
  }

  points(query: UsageQuery): Promise<UsagePoint[]> {
    return queryUsage(this.#store, query, this.#wallMs());
  }
}
