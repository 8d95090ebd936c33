import { MalformedError } from '../bytes/index.ts';
import { clip, formatDecimal, parseDecimal, parseInteger } from './decimal.ts';

const MAX_ATTRIBUTES = 64;
const ATTRIBUTE = /([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(,|$)/y;
const FORBIDDEN_IN_QUOTES = /["\r\n]/;
const HEX = /^0[xX]([0-9A-Fa-f]{2})*$/;
const RESOLUTION = /^(\d{1,9})x(\d{1,9})$/;

/** Writes the attribute list of a tag (RFC 8216, 4.2) in the order of its calls; an `undefined` value is left out. */
export class AttributeListWriter {
  #text = '';

  /** Throws RangeError for a quote or line break, which a quoted-string cannot hold. */
  quoted(name: string, value: string | undefined): this {
    if (value === undefined) return this;
    if (FORBIDDEN_IN_QUOTES.test(value)) throw new RangeError(`${name} holds a quote or line break`);
    return this.#add(name, `"${value}"`);
  }

  /** An enumerated-string, or a number already printed. */
  plain(name: string, value: string | undefined): this {
    return value === undefined ? this : this.#add(name, value);
  }

  decimal(name: string, value: number | undefined): this {
    return value === undefined ? this : this.#add(name, formatDecimal(value));
  }

  hex(name: string, value: Uint8Array | undefined): this {
    return value === undefined ? this : this.#add(name, `0x${Buffer.from(value).toString('hex').toUpperCase()}`);
  }

  /** `YES`, or nothing. */
  yes(name: string, claim: boolean | undefined): this {
    return claim ? this.#add(name, 'YES') : this;
  }

  toString(): string {
    return this.#text;
  }

  #add(name: string, value: string): this {
    this.#text += this.#text === '' ? `${name}=${value}` : `,${name}=${value}`;
    return this;
  }
}

/** A decoded attribute list (RFC 8216, 4.2): at most 64 attributes, each name once. Readers throw MalformedError. */
export class AttributeList {
  readonly #values = new Map<string, string>();
  readonly #tag: string;

  constructor(text: string, tag: string) {
    this.#tag = tag;
    ATTRIBUTE.lastIndex = 0;
    let at = 0;
    let isLast = false;
    while (!isLast) {
      ATTRIBUTE.lastIndex = at;
      const match = ATTRIBUTE.exec(text);
      if (match === null) throw this.#bad(`attribute list breaks at "${clip(text.slice(at))}"`);
      const [whole, name = '', value = '', end] = match;
      if (this.#values.has(name)) throw this.#bad(`${name} is given twice`);
      if (this.#values.size >= MAX_ATTRIBUTES) throw new MalformedError('TOO_MANY', tag, 'more than 64 attributes');
      this.#values.set(name, value);
      at += whole.length;
      isLast = end === '';
    }
  }

  get names(): readonly string[] {
    return [...this.#values.keys()];
  }

  quoted(name: string): string | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    if (!value.startsWith('"')) throw this.#bad(`${name} is not a quoted string`);
    return value.slice(1, -1);
  }

  plain(name: string): string | undefined {
    const value = this.#values.get(name);
    if (value?.startsWith('"')) throw this.#bad(`${name} is a quoted string`);
    return value;
  }

  integer(name: string): number | undefined {
    const value = this.plain(name);
    return value === undefined ? undefined : parseInteger(value, `${this.#tag} ${name}`);
  }

  decimal(name: string): number | undefined {
    const value = this.plain(name);
    return value === undefined ? undefined : parseDecimal(value, `${this.#tag} ${name}`);
  }

  hex(name: string): Uint8Array | undefined {
    const value = this.plain(name);
    if (value === undefined) return undefined;
    if (!HEX.test(value)) throw this.#bad(`${name} is not a hexadecimal sequence of whole bytes`);
    return Uint8Array.from(Buffer.from(value.slice(2), 'hex'));
  }

  resolution(name: string): { readonly width: number; readonly height: number } | undefined {
    const value = this.plain(name);
    if (value === undefined) return undefined;
    const match = RESOLUTION.exec(value);
    if (match === null) throw this.#bad(`${name} is not a resolution`);
    return { width: Number(match[1]), height: Number(match[2]) };
  }

  /** Whether the value is `YES`; absent and everything else count as `NO`. */
  isYes(name: string): boolean {
    return this.plain(name) === 'YES';
  }

  /** The value of an attribute that must be there. */
  required<Value>(name: string, value: Value | undefined): Value {
    if (value === undefined) throw this.#bad(`${name} is missing`);
    return value;
  }

  #bad(detail: string): MalformedError {
    return new MalformedError('BAD_VALUE', this.#tag, detail);
  }
}
