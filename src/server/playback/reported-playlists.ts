import { type RenditionReport, renditionReportTag } from '../../protocol/m3u8/index.ts';

/** Ways that the others stood while one playlist was current; those of longer ago are not asked for any more. */
const MOST_KEPT = 8;

/** Playlists with the reports of their siblings at their end: the same object for all who get the same text. */
export class ReportedPlaylists {
  readonly #known = new WeakMap<Uint8Array, Map<string, Uint8Array>>();

  /** @param text a playlist that others have too, and that has no end */
  with(text: Uint8Array, reports: readonly RenditionReport[]): Uint8Array {
    if (reports.length === 0) return text;
    const tags = reports.map((report) => `${renditionReportTag(report)}\n`).join('');
    const known = this.#known.get(text) ?? new Map<string, Uint8Array>();
    const same = known.get(tags);
    if (same) return same;
    if (known.size >= MOST_KEPT) known.clear();
    const whole = Buffer.concat([text, Buffer.from(tags)]);
    known.set(tags, whole);
    this.#known.set(text, known);
    return whole;
  }
}
