/** The bitrate of the last seconds of media, from whole segments or parts as they arrive. */
export class RateWindow {
  readonly #windowS: number;
  readonly #pieces: { readonly bytes: number; readonly durationS: number }[] = [];

  constructor(windowS: number) {
    this.#windowS = windowS;
  }

  /** A duration of 0 is a piece that plays beside another, as an audio rendition's. */
  add(bytes: number, durationS: number): void {
    this.#pieces.push({ bytes, durationS });
    while (this.#pieces.length > 1 && this.#durationS() - (this.#pieces[0]?.durationS ?? 0) >= this.#windowS) {
      this.#pieces.shift();
    }
  }

  kbps(): number | undefined {
    const durationS = this.#durationS();
    if (durationS <= 0) return undefined;
    return (this.#pieces.reduce((sum, piece) => sum + piece.bytes, 0) * 8) / 1000 / durationS;
  }

  #durationS(): number {
    return this.#pieces.reduce((sum, piece) => sum + piece.durationS, 0);
  }
}
