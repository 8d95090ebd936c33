import type { Store } from './store.ts';

/** No token that plays an asset is good for longer. */
const LONGEST_DAYS = 70;

/** Which tokens of assets were revoked. */
export class PlayRevocations {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @param viewer empty for all viewers */
  async revoke(asset: string, viewer: string, upToMs: number): Promise<void> {
    await this.#store.query(
      `insert into headwater.play_revocations (asset, viewer, up_to) values ($1, $2, $3)
       on conflict (asset, viewer) do update set up_to = greatest(play_revocations.up_to, excluded.up_to)`,
      [asset, viewer, new Date(upToMs)],
    );
    await this.#store.query(`delete from headwater.play_revocations where up_to < now() - $1::int * interval '1 day'`, [
      LONGEST_DAYS,
    ]);
  }

  /** By viewer, the time in Unix ms up to which what was issued is revoked; a link for review is a viewer, too. */
  async of(asset: string): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#store.query<{ viewer: string; up_to: Date }>(
      `select viewer, up_to from headwater.play_revocations where asset = $1
       union all
       select 'review:' || id, revoked_at from headwater.review_links where asset = $1 and revoked_at is not null`,
      [asset],
    );
    return new Map(rows.map(({ viewer, up_to }) => [viewer, up_to.getTime()]));
  }
}
