import type { SecretBox } from './sealing/index.ts';
import type { Store, Transaction } from './store.ts';

/** So many are sealed in one transaction. */
const PAGE = 500;

/** Keys of encrypted assets: a worker writes them clear, as it has no master key, and a server seals them. */
export class AssetKeys {
  readonly #store: Store;
  readonly #box: SecretBox;

  constructor({ store, box }: { readonly store: Store; readonly box: SecretBox }) {
    this.#store = store;
    this.#box = box;
  }

  /** The key of a file of an asset, in hexadecimal digits. Throws MASTER_KEY_UNKNOWN or SEALED_DAMAGED. */
  open({ id, sealedKey }: { readonly id: string; readonly sealedKey: string }): string {
    return this.#box.open(sealedKey, placeOf(id));
  }

  /** Seals those that are clear; returns how many. */
  async sealClear(): Promise<number> {
    let count = 0;
    for (;;) {
      const sealed = await this.#store.transaction((client) => this.#sealPage(client));
      count += sealed;
      if (sealed < PAGE) return count;
    }
  }

  /** Seals all with the first master key; returns how many. */
  async reseal(): Promise<number> {
    const clear = await this.sealClear();
    return this.#store.transaction(async (client) => {
      const text = `select id, data->>'sealedKey' as sealed from headwater.asset_files where data ? 'sealedKey' for update`;
      const { rows } = await client.query<{ id: string; sealed: string }>(text);
      for (const { id, sealed } of rows) await client.query(WRITE, [id, this.#box.reseal(sealed, placeOf(id))]);
      return Math.max(clear, rows.length);
    });
  }

  async #sealPage(client: Transaction): Promise<number> {
    const text = `select id, data->>'hexKey' as key from headwater.asset_files where data ? 'hexKey'
      limit ${PAGE} for update skip locked`;
    const { rows } = await client.query<{ id: string; key: string }>(text);
    for (const { id, key } of rows) await client.query(WRITE, [id, this.#box.seal(key, placeOf(id))]);
    return rows.length;
  }
}

const WRITE = `update headwater.asset_files
  set data = (data - 'hexKey') || jsonb_build_object('sealedKey', $2::text) where id = $1`;

/** Sealed text that was moved to another file does not open there. */
const placeOf = (id: string) => `asset_files/${id}/key`;
