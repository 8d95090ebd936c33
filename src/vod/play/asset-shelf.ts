import type { Asset, AssetFile } from '../index.ts';

/** The library, as far as playing needs it. */
export type PlayableAssets = {
  readonly find: (id: string) => Promise<Asset | undefined>;
  readonly files: (id: string) => Promise<readonly AssetFile[]>;
};

/** Which tokens of an asset were revoked: by viewer, those issued up to then; under an empty name those of everybody. */
export type AssetRevocations = {
  readonly of: (asset: string) => Promise<ReadonlyMap<string, number>>;
};

/** An asset with what is asked of it at each request. */
export type ShelvedAsset = {
  readonly asset: Asset;
  readonly files: readonly AssetFile[];
  readonly revoked: ReadonlyMap<string, number>;
};

export type AssetShelfOptions = {
  readonly assets: PlayableAssets;
  readonly revocations: AssetRevocations;
  readonly nowMs: () => number;
};

/** What the database said last, and when. */
type Said = { readonly shelved: ShelvedAsset; readonly atMs: number };
type Entry = { readonly atMs: number; readonly found: Promise<Said | undefined>; said?: Said };

/** What another node changed is seen here after so long. */
const FRESH_MS = 2000;
/** While the database is away, what was known goes on for so long. */
const STALE_MS = 3_600_000;
const MOST = 2000;

/** The assets that are being played, so that not each segment asks the database. */
export class AssetShelf {
  readonly #options: AssetShelfOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: AssetShelfOptions) {
    this.#options = options;
  }

  /** Undefined where there is none; throws where nobody can say at the moment. */
  async look(id: string): Promise<ShelvedAsset | undefined> {
    const nowMs = this.#options.nowMs();
    const known = this.#entries.get(id);
    if (known && nowMs - known.atMs < FRESH_MS) return (await known.found)?.shelved;
    const entry: Entry = { atMs: nowMs, found: this.#load(id, known) };
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    this.#trim();
    try {
      const found = await entry.found;
      if (found) entry.said = found;
      else if (this.#entries.get(id) === entry) this.#entries.delete(id);
      return found?.shelved;
    } catch (error) {
      if (this.#entries.get(id) === entry) this.#entries.delete(id);
      throw error;
    }
  }

  /** It is about to be asked for anew: something of it has changed. */
  forget(id: string): void {
    this.#entries.delete(id);
  }

  async #load(id: string, known: Entry | undefined): Promise<Said | undefined> {
    const { assets, revocations, nowMs } = this.#options;
    try {
      const [asset, files, revoked] = await Promise.all([assets.find(id), assets.files(id), revocations.of(id)]);
      return asset && { shelved: { asset, files, revoked }, atMs: nowMs() };
    } catch (error) {
      if (known?.said && nowMs() - known.said.atMs < STALE_MS) return known.said;
      throw error;
    }
  }

  #trim(): void {
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= MOST) return;
      this.#entries.delete(id);
    }
  }
}

/** Whether a token of this viewer, issued then, was revoked since. */
export function isRevoked({ revoked }: ShelvedAsset, viewer: string, issuedAtMs: number): boolean {
  const upTo = Math.max(revoked.get('') ?? 0, revoked.get(viewer) ?? 0);
  return issuedAtMs <= upTo;
}
