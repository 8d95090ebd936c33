import { MediaPlaylistPrinter, type MediaSegment } from '../protocol/m3u8/index.ts';
import type { EarlierSegment } from './earlier-segments.ts';

type Lines = { readonly behind: EarlierSegment; readonly text: string };

/**
 * The lines of segments from before those in memory, hundreds of them. What each says depends on itself and the one
 * before it, so that it is printed once for as long as it is listed behind that.
 */
export class EarlierLines {
  readonly #known = new WeakMap<EarlierSegment, Lines>();

  /** @param listed a segment as the playlist lists it; of one that is not the first, the same each time */
  of(segments: readonly EarlierSegment[], listed: (segment: EarlierSegment, index: number) => MediaSegment): string {
    const lines = segments.map((segment, index) => {
      const behind = segments[index - 1];
      const known = this.#known.get(segment);
      if (known && known.behind === behind) return known.text;
      const printer = new MediaPlaylistPrinter();
      if (behind) printer.goOnBehind(listed(behind, index - 1));
      const text = printer.segments([listed(segment, index)]);
      if (behind) this.#known.set(segment, { behind, text });
      return text;
    });
    return lines.join('');
  }
}
