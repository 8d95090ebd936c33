import { signal } from '@preact/signals';
import { readSprite, type SpriteTile, tileAt } from './sprite-index.ts';

const FRESH_MS = 4000;
const MISSING_FOR_MS = 30_000;

/** The stream's small pictures, fetched when somebody looks for one. */
export class SpritePreviews {
  readonly #tiles = signal<readonly SpriteTile[]>([]);
  readonly #asked = new Set<string>();
  #url: string | undefined;
  #freshUntil = 0;

  /** Looks at the server again where what is known is old; a reader of the answer follows it. */
  tileAt(url: string | undefined, wallMs: number | undefined): SpriteTile | undefined {
    if (url === undefined || wallMs === undefined) return undefined;
    if (url !== this.#url || performance.now() > this.#freshUntil) void this.#load(url);
    return tileAt(this.#tiles.value, wallMs);
  }

  async #load(url: string): Promise<void> {
    this.#url = url;
    this.#freshUntil = performance.now() + FRESH_MS;
    const response = await fetch(url).catch(() => undefined);
    const tiles = response?.ok ? readSprite(await response.text(), url) : undefined;
    if (this.#url !== url) return;
    if (!tiles) this.#freshUntil = performance.now() + MISSING_FOR_MS;
    this.#tiles.value = tiles ?? [];
    this.#prefetch(tiles ?? []);
  }

  /** So that a picture is there when the pointer comes to it. */
  #prefetch(tiles: readonly SpriteTile[]): void {
    const urls = new Set(tiles.map((tile) => tile.url));
    for (const url of urls) if (!this.#asked.has(url)) new Image().src = url;
    this.#asked.clear();
    for (const url of urls) this.#asked.add(url);
  }
}
