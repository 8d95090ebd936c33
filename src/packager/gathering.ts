import { Buffer } from 'node:buffer';
import { totalLength } from '../protocol/bytes/index.ts';
import type { Framing } from './framing.ts';

/** What is written to all viewers at once. */
export type Flush = {
  readonly bytes: Uint8Array;
  /** Holds new decoder parameters. */
  readonly hasParameters: boolean;
  /** The end of `bytes` from the last key frame on, where a decoder can begin. */
  readonly entry: FlushEntry | undefined;
};

export type FlushEntry = { readonly bytes: Uint8Array; readonly hasParameters: boolean };

/** A feed's bytes between two flushes. */
export class Gathering {
  readonly #framing: Framing;
  /** Before the last key frame. */
  #earlier: Uint8Array[] = [];
  #pieces: Uint8Array[] = [];
  #hasEntry = false;
  #earlierHasParameters = false;
  #hasParameters = false;

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0 && this.#earlier.length === 0;
  }

  /** What is pushed from here on is something that a decoder can begin with. */
  beginEntry(): void {
    this.#earlier.push(...this.#pieces);
    this.#earlierHasParameters ||= this.#hasParameters;
    this.#pieces = [];
    this.#hasParameters = false;
    this.#hasEntry = true;
  }

  push(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.#pieces.push(piece);
  }

  pushParameters(pieces: readonly Uint8Array[]): void {
    this.push(pieces);
    this.#hasParameters = true;
  }

  /** Takes all that was gathered, in one copy. */
  take(): Flush {
    const earlier = enclose(this.#framing, this.#earlier);
    const pieces = enclose(this.#framing, this.#pieces);
    const bytes = joined([...earlier, ...pieces]);
    const entryBytes = earlier.length === 0 ? bytes : bytes.subarray(totalLength(earlier));
    const flush: Flush = {
      bytes,
      hasParameters: this.#earlierHasParameters || this.#hasParameters,
      entry: this.#hasEntry ? { bytes: entryBytes, hasParameters: this.#hasParameters } : undefined,
    };
    this.#earlier = [];
    this.#pieces = [];
    this.#hasEntry = false;
    this.#earlierHasParameters = false;
    this.#hasParameters = false;
    return flush;
  }
}

/** The pieces in the door's envelope, if it has one; nothing stays nothing. */
export function enclose(framing: Framing, pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  if (!framing.envelope || pieces.length === 0) return pieces;
  return [framing.envelope(totalLength(pieces)), ...pieces];
}

/** What goes to viewers is a Buffer: a socket would make one of any other array again for each of them. */
export function joined(pieces: readonly Uint8Array[]): Buffer {
  const [first] = pieces;
  if (pieces.length === 1 && first) return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  return Buffer.concat(pieces);
}
