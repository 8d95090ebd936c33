import { concat } from '../../protocol/bytes/index.ts';
import { decodeFrameBody, decodeFrameHead, FRAME_HEAD_BYTES, type Frame, type FrameHead } from './frame.ts';

/**
 * Bytes in, frames out. What lies whole in the bytes that came is not copied: a packet's data is a view of them. Only
 * what is cut between two reads is put together, in memory of its own. Frames of a kind that is not known are passed over.
 */
export class FrameReader {
  #pieces: Uint8Array[] = [];
  #have = 0;
  #head: FrameHead | undefined;

  /** @param bytes owned by the frames from here on */
  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (true) {
      const wanted = this.#head ? this.#head.length : FRAME_HEAD_BYTES;
      const taken = Math.min(wanted - this.#have, bytes.length - at);
      const piece = bytes.subarray(at, at + taken);
      at += taken;
      if (this.#have + taken < wanted) {
        if (taken > 0) this.#pieces.push(piece);
        this.#have += taken;
        return frames;
      }
      const whole = this.#pieces.length === 0 ? piece : concat([...this.#pieces, piece]);
      this.#pieces = [];
      this.#have = 0;
      if (this.#head) {
        const { kind } = this.#head;
        this.#head = undefined;
        if (kind !== undefined) frames.push(decodeFrameBody(kind, whole));
      } else {
        this.#head = decodeFrameHead(whole);
      }
    }
  }
}
