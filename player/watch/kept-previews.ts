import { signal } from '@preact/signals';
import { spriteUrlOf } from '../engines/index.ts';
import type { Span } from './kept-time.ts';
import { pastSpriteUrl } from './page-address.ts';
import { readSprite, type SpriteTile, tileAt } from './sprite-index.ts';

/** What is past changes seldom; up to now pictures are added. */
const FRESH_MS = { past: 600_000, growing: 20_000 };
const MISSING_FOR_MS = 30_000;
/** Of a block; what is oldest may be gone by the time that it is asked for. */
const OLDEST_SHARE = 1 / 256;

/** Small pictures of what a bar shows of the time that the server kept; sheets are fetched as they are looked at. */
export class KeptPreviews {
  readonly #tiles = signal<readonly SpriteTile[]>([]);
  readonly #seen = new Set<string>();
  #base: string | undefined;
  #span: Span | undefined;
  #freshUntil = 0;

  /** Looks at the server where what is known is old or of another time; a reader of the answer follows it. */
  tileAt(url: string | undefined, asked: Span, wallMs: number): SpriteTile | undefined {
    if (url === undefined) return undefined;
    const isOther = asked.startMs !== this.#span?.startMs || asked.endMs !== this.#span.endMs;
    if (isOther || performance.now() > this.#freshUntil) void this.#load(url, asked);
    const tiles = this.#tiles.value;
    const tile = tileAt(tiles, wallMs);
    if (tile) this.#fetchAround(tiles, tile);
    return tile;
  }

  async #load(url: string, span: Span): Promise<void> {
    this.#span = span;
    this.#freshUntil = performance.now() + (span.endMs < Date.now() ? FRESH_MS.past : FRESH_MS.growing);
    // Another token would be other addresses of the same sheets.
    const base = this.#base ?? url;
    const response = await fetch(pastSpriteUrl(base, span)).catch(() => undefined);
    const tiles = response?.ok ? readSprite(await response.text(), response.url) : undefined;
    if (this.#span !== span) return;
    const [first] = tiles ?? [];
    this.#base = first ? spriteUrlOf(first.url) : undefined;
    if (!tiles) this.#freshUntil = performance.now() + MISSING_FOR_MS;
    this.#tiles.value = tiles ?? [];
  }

  /** The sheets beside it, too, so that a picture is there when the pointer comes to it. */
  #fetchAround(tiles: readonly SpriteTile[], tile: SpriteTile): void {
    const before = tiles.findLast(({ fromMs, url }) => fromMs < tile.fromMs && url !== tile.url);
    const after = tiles.find(({ fromMs, url }) => fromMs > tile.fromMs && url !== tile.url);
    for (const each of [tile, after, before]) {
      if (!each || this.#seen.has(each.url)) continue;
      this.#seen.add(each.url);
      new Image().src = each.url;
    }
  }
}

/** What to ask for, so that a bar that moves on with time seldom asks for something else. */
export function askedSpan({ startMs, endMs }: Span, oldestMs: number): Span {
  const blockMs = 2 ** Math.floor(Math.log2(Math.max(4, endMs - startMs) / 4));
  return {
    startMs: Math.max(Math.floor(startMs / blockMs) * blockMs, oldestMs + blockMs * OLDEST_SHARE),
    endMs: Math.ceil(endMs / blockMs) * blockMs,
  };
}
