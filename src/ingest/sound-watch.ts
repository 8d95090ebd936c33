import { isSilentAac } from '../protocol/aac/index.ts';
import type { AudioCodec } from '../protocol/flv/index.ts';

const LOOK_MS = 1000;
/** Opus's own frame of silence is a table of contents and at most two bytes (RFC 6716). */
const SILENT_OPUS_BYTES = 3;

/** Tells digital silence by coded frames alone; once a second has had a sound, its other frames aren't looked at. */
export class SoundWatch {
  #silentSinceMs: number | undefined;
  #nextLookMs = Number.NEGATIVE_INFINITY;
  #lastMs = 0;

  /** For how long there has been nothing but silence, up to the last frame. */
  get silentMs(): number {
    return this.#silentSinceMs === undefined ? 0 : this.#lastMs - this.#silentSinceMs;
  }

  /** @param atMs of the server's clock */
  frame(codec: AudioCodec, data: Uint8Array, atMs: number): void {
    this.#lastMs = atMs;
    if (atMs < this.#nextLookMs) return;
    if (isSilent(codec, data)) {
      this.#silentSinceMs ??= atMs;
      return;
    }
    this.#silentSinceMs = undefined;
    this.#nextLookMs = atMs + LOOK_MS;
  }
}

/** Of other codecs nothing is said. */
function isSilent(codec: AudioCodec, data: Uint8Array): boolean {
  if (codec === 'aac') return isSilentAac(data);
  return codec === 'opus' && data.length > 0 && data.length <= SILENT_OPUS_BYTES;
}
