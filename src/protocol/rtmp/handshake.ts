import { concat, MalformedError } from '../bytes/index.ts';
import { findDigest, signPacket, signReply } from './handshake-digest.ts';

export type RandomBytes = (count: number) => Uint8Array;

export type HandshakeStep = {
  /** What is to be sent now; empty when there is nothing. */
  readonly output: Uint8Array;
  readonly isDone: boolean;
  /** A view of the input behind the handshake. */
  readonly rest: Uint8Array;
};

const VERSION = 3;
const PACKET_SIZE = 1536;
const NONE = new Uint8Array(0);

/** Collects a fixed number of bytes over several inputs. */
class Collector {
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
  }

  /** Takes what fits and returns a view of the rest. */
  push(input: Uint8Array): Uint8Array {
    const count = Math.min(input.length, this.#bytes.length - this.#length);
    this.#bytes.set(input.subarray(0, count), this.#length);
    if (this.#length === 0 && count > 0 && this.#bytes[0] !== VERSION) {
      throw new MalformedError('BAD_VALUE', 'RTMP handshake', `version ${this.#bytes[0]}`);
    }
    this.#length += count;
    return input.subarray(count);
  }

  get whole(): Uint8Array | undefined {
    return this.#length === this.#bytes.length ? this.#bytes : undefined;
  }
}

/** The server's side of section 5.2; answers Flash's digest form to a client that uses it. Reads 3,073 bytes. */
export class ServerHandshake {
  readonly #randomBytes: RandomBytes;
  readonly #first = new Collector(1 + PACKET_SIZE);
  #isAnswered = false;
  #remaining = PACKET_SIZE;

  constructor(randomBytes: RandomBytes) {
    this.#randomBytes = randomBytes;
  }

  push(bytes: Uint8Array): HandshakeStep {
    const rest = this.#first.push(bytes);
    const first = this.#first.whole;
    if (!first) return { output: NONE, isDone: false, rest: NONE };
    const output = this.#isAnswered ? NONE : this.#answer(first.subarray(1));
    this.#isAnswered = true;
    const skipped = Math.min(rest.length, this.#remaining);
    this.#remaining -= skipped;
    return { output, isDone: this.#remaining === 0, rest: rest.subarray(skipped) };
  }

  #answer(c1: Uint8Array): Uint8Array {
    const s1 = this.#randomBytes(PACKET_SIZE).slice();
    s1.fill(0, 0, 8);
    const found = findDigest(c1, 'client');
    if (!found) return concat([Uint8Array.of(VERSION), s1, c1]);
    s1.set([4, 5, 0, 1], 4);
    signPacket(s1, 'server', found.scheme);
    const s2 = this.#randomBytes(PACKET_SIZE).slice();
    signReply(s2, 'server', found.digest);
    return concat([Uint8Array.of(VERSION), s1, s2]);
  }
}

/** The client's side; `start` gives the first bytes to send. */
export class ClientHandshake {
  readonly #randomBytes: RandomBytes;
  readonly #isDigest: boolean;
  readonly #answer = new Collector(1 + 2 * PACKET_SIZE);

  constructor(randomBytes: RandomBytes, form: 'simple' | 'digest' = 'simple') {
    this.#randomBytes = randomBytes;
    this.#isDigest = form === 'digest';
  }

  start(): Uint8Array {
    const c1 = this.#randomBytes(PACKET_SIZE).slice();
    c1.fill(0, 0, 8);
    if (this.#isDigest) {
      c1.set([9, 0, 124, 2], 4);
      signPacket(c1, 'client', 1);
    }
    return concat([Uint8Array.of(VERSION), c1]);
  }

  push(bytes: Uint8Array): HandshakeStep {
    const rest = this.#answer.push(bytes);
    const answer = this.#answer.whole;
    if (!answer) return { output: NONE, isDone: false, rest: NONE };
    const s1 = answer.subarray(1, 1 + PACKET_SIZE);
    const found = this.#isDigest ? findDigest(s1, 'server') : undefined;
    if (!found) return { output: s1.slice(), isDone: true, rest };
    const c2 = this.#randomBytes(PACKET_SIZE).slice();
    signReply(c2, 'client', found.digest);
    return { output: c2, isDone: true, rest };
  }
}
