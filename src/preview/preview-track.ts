import type { ArchiveReader } from '../archive/index.ts';
import type { StreamId } from '../live/index.ts';
import { MalformedError } from '../protocol/bytes/index.ts';
import { areAlike, type JpegTile, jpegColumn, jpegTileOf, type PictureCue, tilePitch } from '../snapshot/index.ts';
import type { KeptPicture } from './kept-picture.ts';
import { type PreviewSheet, placeOf, sheetName, spanOf, stepSecondsFor } from './preview-sheet.ts';
import type { Previews } from './previews.ts';

export type PreviewTrackOptions = {
  readonly previews: Pick<Previews, 'between' | 'jpegs'>;
  readonly archive: Pick<ArchiveReader, 'timeline'>;
  readonly wallMs: () => number;
};

/** A stream as its viewers see it. */
export type PreviewedStream = {
  /** Whose pictures these are: the source's of a rendition. */
  readonly pictured: StreamId;
  /** Whose archive says what of them can be played. */
  readonly played: StreamId;
  /** Nobody goes back further. */
  readonly sinceMs: number;
};

type Shown = { readonly picture: KeptPicture; readonly untilMs: number };

/** What was a while ago is in the archive, or never comes there. */
const SETTLED_MS = 300_000;

/** Small pictures of what can be played of a stream's past: of a long time few, of a short one all. */
export class PreviewTrack {
  readonly #options: PreviewTrackOptions;

  constructor(options: PreviewTrackOptions) {
    this.#options = options;
  }

  /** @param addressOf makes an address of a sheet's name, and of a query that tells what it is until it is settled */
  async cues(
    stream: PreviewedStream,
    { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
    addressOf: (name: string, query: string) => string,
  ): Promise<PictureCue[]> {
    const stepSeconds = stepSecondsFor(endMs - startMs);
    const fromMs = Math.floor(startMs / (stepSeconds * 1000)) * stepSeconds * 1000;
    const shown = await this.#shown(stream, { fromMs, toMs: endMs }, stepSeconds);
    const growing = this.#growing(shown, stepSeconds);
    return shown.map(({ picture: { atWallMs, width, height, kind }, untilMs }, index) => {
      const { startSeconds, place } = placeOf(atWallMs, stepSeconds);
      const name = sheetName({ startSeconds, stepSeconds, kind });
      const tiles = growing.get(name);
      const next = shown[index + 1]?.picture.atWallMs ?? untilMs;
      return {
        fromWallMs: atWallMs,
        untilWallMs: Math.min(next, untilMs),
        url: addressOf(name, tiles === undefined ? '' : `tiles=${tiles}`),
        ...{ y: place * tilePitch(height), width, height },
      };
    });
  }

  /** A JPEG picture; undefined where there is nothing of it any more. */
  async sheet(stream: PreviewedStream, sheet: PreviewSheet): Promise<Uint8Array | undefined> {
    const shown = await this.#shown(stream, spanOf(sheet), sheet.stepSeconds);
    const pictures = shown.map(({ picture }) => picture).filter(({ kind }) => kind === sheet.kind);
    const tiles = (await this.#options.previews.jpegs(stream.pictured, pictures)).map(tileOf);
    const like = tiles.find((tile) => tile !== undefined);
    if (!like) return undefined;
    const scans: (Uint8Array | undefined)[] = [];
    for (const [index, { atWallMs }] of pictures.entries()) {
      const { place } = placeOf(atWallMs, sheet.stepSeconds);
      const tile = tiles[index];
      while (scans.length <= place) scans.push(undefined);
      scans[place] = tile && areAlike(tile, like) ? tile.scan : undefined;
    }
    return jpegColumn(like, scans);
  }

  isSettled(sheet: Omit<PreviewSheet, 'kind'>): boolean {
    return spanOf(sheet).toMs < this.#options.wallMs() - SETTLED_MS;
  }

  /** Of sheets that still grow, how many places are taken. */
  #growing(shown: readonly Shown[], stepSeconds: number): Map<string, number> {
    const growing = new Map<string, number>();
    for (const { picture } of shown) {
      const { startSeconds, place } = placeOf(picture.atWallMs, stepSeconds);
      if (this.isSettled({ startSeconds, stepSeconds })) continue;
      growing.set(sheetName({ startSeconds, stepSeconds, kind: picture.kind }), place + 1);
    }
    return growing;
  }

  /** Of each step the first picture, if it can be played. */
  async #shown(
    { pictured, played, sinceMs }: PreviewedStream,
    { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
    stepSeconds: number,
  ): Promise<Shown[]> {
    const { previews, archive } = this.#options;
    const pictures = await previews.between(pictured, Math.max(fromMs, sinceMs), toMs);
    const intervals = pictures.length > 0 ? await archive.timeline(played, fromMs, toMs) : [];
    const shown: Shown[] = [];
    let [interval, lastStep] = [0, -1];
    for (const picture of pictures) {
      const { atWallMs } = picture;
      while ((intervals[interval]?.endMs ?? Number.POSITIVE_INFINITY) <= atWallMs) interval++;
      const { startMs, endMs } = intervals[interval] ?? { startMs: Number.POSITIVE_INFINITY, endMs: 0 };
      const step = Math.floor(atWallMs / (stepSeconds * 1000));
      if (startMs > atWallMs || step === lastStep) continue;
      shown.push({ picture, untilMs: Math.min(endMs, toMs) });
      lastStep = step;
    }
    return shown;
  }
}

/** What a power loss left of a picture is none. */
function tileOf(jpeg: Uint8Array | undefined): JpegTile | undefined {
  try {
    return jpeg && jpegTileOf(jpeg);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
