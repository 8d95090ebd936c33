import type { Tile } from './picture.ts';

/** Of 255, and no more than one pixel in 200 brighter: a dark scene or a small light is not black. */
const BLACK_LUMA = 16;
const BRIGHT_SHARE = 1 / 200;
/** What a key frame of the same picture may differ by, coded anew. */
const SAME_MEAN = 1.5;
const CHANGED_LUMA = 24;
const CHANGED_PIXELS = 3;

/** For how long up to its last picture a stream has been black, and one and the same picture; 0 where it isn't. */
export type PictureFacts = { readonly blackMs: number; readonly frozenMs: number };

/** Looks at one picture of a stream after the other. */
export class PictureJudge {
  #blackSinceMs: number | undefined;
  /** The first of the pictures that are the same, so that a slow change is seen, too. */
  #still: { readonly luma: Uint8Array; readonly sinceMs: number } | undefined;
  #facts: PictureFacts = { blackMs: 0, frozenMs: 0 };

  get facts(): PictureFacts {
    return this.#facts;
  }

  /** @param luma is kept */
  look({ luma }: Pick<Tile, 'luma'>, atMs: number): void {
    this.#blackSinceMs = isBlack(luma) ? (this.#blackSinceMs ?? atMs) : undefined;
    if (!this.#still || !isSame(this.#still.luma, luma)) this.#still = { luma, sinceMs: atMs };
    this.#facts = { blackMs: atMs - (this.#blackSinceMs ?? atMs), frozenMs: atMs - this.#still.sinceMs };
  }
}

function isBlack(luma: Uint8Array): boolean {
  let bright = 0;
  for (const value of luma) if (value > BLACK_LUMA) bright++;
  return bright <= luma.length * BRIGHT_SHARE;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let total = 0;
  let changed = 0;
  for (let index = 0; index < one.length; index++) {
    const difference = Math.abs((one[index] ?? 0) - (other[index] ?? 0));
    total += difference;
    if (difference >= CHANGED_LUMA) changed++;
  }
  return total <= one.length * SAME_MEAN && changed < CHANGED_PIXELS;
}
