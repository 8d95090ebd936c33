import type { Store } from '../store/index.ts';
import { type DetailedKind, queryDetails, type UsageDetail } from './usage-details.ts';
import type { UsagePoint, UsageQuery } from './usage-point.ts';
import { queryUsage } from './usage-query.ts';
import { withUniques } from './usage-uniques.ts';
import { inWindows } from './usage-windows.ts';

/** What was used, for all who ask; both throw DATABASE_UNAVAILABLE while there is no database. */
export class Usage {
  readonly #store: Store;
  readonly #wallMs: () => number;

  constructor({ store, wallMs }: { readonly store: Store; readonly wallMs: () => number }) {
    this.#store = store;
    this.#wallMs = wallMs;
  }

  /** A point for each span and each of what `by` tells apart in which something was used. */
  async points(query: UsageQuery): Promise<UsagePoint[]> {
    const ask = (asked: UsageQuery) => queryUsage(this.#store, asked, this.#wallMs());
    return withUniques(this.#store, query, await inWindows(query, ask));
  }

  /** Answers by status, transcoding by codec and resolution, recordings by format. */
  details(kind: DetailedKind, query: UsageQuery): Promise<UsageDetail[]> {
    return inWindows(query, (asked) => queryDetails(this.#store, kind, asked));
  }
}
