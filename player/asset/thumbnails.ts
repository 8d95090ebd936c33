import { signal } from '@preact/signals';
import { readSprite, type SpriteTile, tileAt } from '../watch/index.ts';

/** The small pictures of an asset by time, fetched when somebody first looks for one. */
export class Thumbnails {
  readonly #tiles = signal<readonly SpriteTile[]>([]);
  readonly #url: string | undefined;
  #isAsked = false;

  constructor(url: string | undefined) {
    this.#url = url;
  }

  /** A reader of the answer follows what comes. */
  at(seconds: number): SpriteTile | undefined {
    if (!this.#isAsked && this.#url !== undefined) void this.#load(this.#url);
    return tileAt(this.#tiles.value, seconds * 1000);
  }

  async #load(url: string): Promise<void> {
    this.#isAsked = true;
    const answer = await fetch(url).catch(() => undefined);
    const tiles = answer?.ok ? readSprite(await answer.text(), answer.url, 0) : undefined;
    this.#tiles.value = tiles ?? [];
    for (const each of new Set(tiles?.map((tile) => tile.url))) new Image().src = each;
  }
}
