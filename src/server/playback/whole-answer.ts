import type { Clock } from '../../live/index.ts';
import { concat } from '../../protocol/bytes/index.ts';
import { type Bytes, headersOf } from './answer.ts';

/** Up to here copying costs less than a second buffer in the write. */
const WORTH_COPYING_BYTES = 16_384;

/** Kinds of answers: few types, each with few ways to be kept. */
const MOST_KINDS = 64;
const LENGTH = 'Content-Length';

type Fields = { readonly before: string; readonly behind: string };

type Known = { readonly second: number; readonly cacheControl: string; readonly bytes: readonly Uint8Array[] };

/** Whole answers of HTTP/1.1 as node:http writes them, made once a second for all who get the same body. */
export class WholeAnswers {
  readonly #clock: Clock;
  readonly #keepAlive: string;
  readonly #known = new WeakMap<Uint8Array, Known>();
  readonly #fields = new Map<string, Fields>();
  #date = { second: 0, text: '' };

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
    const bytes = this.once(answer);
    this.#known.set(body, { second, cacheControl, bytes });
    return bytes;
  }

  /** The same of a body that nobody else gets. */
  once(answer: Bytes): readonly Uint8Array[] {
    const { body } = answer;
    const head = Buffer.from(this.#headOf(answer), 'latin1');
    return body.length > WORTH_COPYING_BYTES ? [head, body] : [concat([head, body])];
  }

  #headOf(answer: Bytes): string {
    const { before, behind } = this.#fieldsOf(answer);
    const length = `${LENGTH}: ${answer.body.length}\r\n`;
    return `HTTP/1.1 200 OK\r\n${before}${length}${behind}Date: ${this.#dateNow()}\r\n${this.#keepAlive}`;
  }

  /** What many answers have alike, before and behind the length. */
  #fieldsOf(answer: Bytes): Fields {
    const { type, cacheControl, headers } = answer;
    const key = JSON.stringify([type, cacheControl, headers]);
    const known = this.#fields.get(key);
    if (known) return known;
    const all = Object.entries(headersOf(answer));
    const at = all.findIndex(([name]) => name === LENGTH);
    const fields = { before: linesOf(all.slice(0, at)), behind: linesOf(all.slice(at + 1)) };
    if (this.#fields.size >= MOST_KINDS) this.#fields.clear();
    this.#fields.set(key, fields);
    return fields;
  }

  #dateNow(): string {
    const wallMs = this.#clock.wallMs();
    const second = Math.floor(wallMs / 1000);
    if (this.#date.second !== second) this.#date = { second, text: new Date(wallMs).toUTCString() };
    return this.#date.text;
  }
}

function linesOf(fields: readonly (readonly [name: string, value: string | number])[]): string {
  return fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}
