import { areAlike, type JpegTile, jpegColumn, jpegTileOf, tilePitch } from './jpeg-column.ts';
import type { Tile } from './picture.ts';

const TILES_PER_SHEET = 36;
const MAX_TILES = 180;

/** One tile as a player finds it: in which sheet, where, and from when on it is what the stream showed. */
export type SpriteCue = {
  readonly atWallMs: number;
  readonly sheet: number;
  /** Tiles that the sheet had when this was said; a later sheet has these and more. */
  readonly sheetTiles: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

type Kept = { readonly scan: Uint8Array; readonly atWallMs: number; readonly sheet: Sheet; readonly place: number };
type Sheet = { readonly number: number; readonly like: JpegTile; readonly scans: (Uint8Array | undefined)[] };

/** Small pictures of a stream's past, bounded in number: the older they are, the further apart they are. */
export class Sprite {
  readonly #keepMs: number;
  readonly #tiles: Kept[] = [];
  #sheet: Sheet | undefined;
  #nextSheet = 0;

  constructor(options: { readonly keepSeconds: number }) {
    this.#keepMs = options.keepSeconds * 1000;
  }

  /** @param tile its JPEG is kept */
  add(tile: Pick<Tile, 'jpeg'>, atWallMs: number): void {
    const parts = jpegTileOf(tile.jpeg);
    const sheet = this.#sheetFor(parts);
    this.#tiles.push({ scan: parts.scan, atWallMs, sheet, place: sheet.scans.length });
    sheet.scans.push(parts.scan);
    while (this.#tiles[0] && this.#tiles[0].atWallMs < atWallMs - this.#keepMs) this.#drop(0);
    if (this.#tiles.length > MAX_TILES) this.#drop(this.#leastMissed(atWallMs));
  }

  cues(): SpriteCue[] {
    return this.#tiles.map(({ atWallMs, sheet, place }) => {
      const { width, height } = sheet.like;
      const y = place * tilePitch(height);
      return { atWallMs, sheet: sheet.number, sheetTiles: sheet.scans.length, y, width, height };
    });
  }

  /** A JPEG picture, made when it is asked for; undefined where the sheet has no tiles any more. */
  sheet(number: number): Uint8Array | undefined {
    const sheet = this.#tiles.find((tile) => tile.sheet.number === number)?.sheet;
    return sheet && jpegColumn(sheet.like, sheet.scans);
  }

  #sheetFor(tile: JpegTile): Sheet {
    const current = this.#sheet;
    if (current && current.scans.length < TILES_PER_SHEET && areAlike(current.like, tile)) return current;
    this.#sheet = { number: this.#nextSheet++, like: tile, scans: [] };
    return this.#sheet;
  }

  /** Its place in the sheet stays, so that the others have theirs. */
  #drop(index: number): void {
    for (const { sheet, place } of this.#tiles.splice(index, 1)) sheet.scans[place] = undefined;
  }

  /** The tile whose going leaves the smallest gap for its age; never the first or the last. */
  #leastMissed(nowMs: number): number {
    const missed = (index: number) => {
      const [before, at, after] = [-1, 0, 1].map((step) => this.#tiles[index + step]?.atWallMs ?? 0);
      return ((after ?? 0) - (before ?? 0)) / (nowMs - (at ?? 0) + this.#keepMs / 20);
    };
    let least = 1;
    for (let index = 2; index < this.#tiles.length - 1; index++) if (missed(index) < missed(least)) least = index;
    return least;
  }
}
