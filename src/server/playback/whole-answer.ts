import type { Clock } from '../../live/index.ts';
import { concat } from '../../protocol/bytes/index.ts';
import { type Bytes, headersOf } from './answer.ts';

/** Up to here copying costs less than a second buffer in the write. */
const WORTH_COPYING_BYTES = 16_384;

type Known = { readonly second: number; readonly cacheControl: string; readonly bytes: readonly Uint8Array[] };

/** Whole answers of HTTP/1.1 as node:http writes them, made once a second for all who get the same body. */
export class WholeAnswers {
  readonly #clock: Clock;
  readonly #keepAlive: string;
  readonly #known = new WeakMap<Uint8Array, Known>();

  constructor(clock: Clock, keepAliveSeconds: number) {
    this.#clock = clock;
    this.#keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}\r\n\r\n`;
  }

  /** The bytes of an answer of status 200, in the order to be sent. */
  of(answer: Bytes): readonly Uint8Array[] {
    const { body, cacheControl } = answer;
    const second = Math.floor(this.#clock.wallMs() / 1000);
    const known = this.#known.get(body);
    if (known && known.second === second && known.cacheControl === cacheControl) return known.bytes;
    const head = Buffer.from(this.#headOf(answer, second), 'latin1');
    const bytes = body.length > WORTH_COPYING_BYTES ? [head, body] : [concat([head, body])];
    this.#known.set(body, { second, cacheControl, bytes });
    return bytes;
  }

  #headOf(answer: Bytes, second: number): string {
    const fields = Object.entries(headersOf(answer)).map(([name, value]) => `${name}: ${value}\r\n`);
    const date = new Date(second * 1000).toUTCString();
    return `HTTP/1.1 200 OK\r\n${fields.join('')}Date: ${date}\r\n${this.#keepAlive}`;
  }
}
