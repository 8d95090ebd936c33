/** A small picture of the same key frame: what a scrub bar shows, and what is looked at for black and frozen. */
export type Tile = {
  readonly width: number;
  readonly height: number;
  readonly jpeg: Uint8Array;
  /** One byte a pixel, row by row: 0 is black, 255 white. */
  readonly luma: Uint8Array;
};

/** What one decoded key frame gives. */
export type Picture = { readonly jpeg: Uint8Array; readonly tile: Tile };
