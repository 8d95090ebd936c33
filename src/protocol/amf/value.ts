import { MalformedError } from '../bytes/index.ts';

/** A record of a message; decoded ones have no prototype, so that a key `__proto__` is a key like any other. */
export type Amf0Object = { [key: string]: Amf0Value };

export type Amf0Value = number | boolean | string | null | undefined | Date | Amf0Object | Amf0Value[];

export type AmfLimits = {
  readonly maxDepth: number;
  /** Counts every value of a body, the members of objects and arrays included. */
  readonly maxValues: number;
};

export const DEFAULT_AMF_LIMITS: AmfLimits = { maxDepth: 32, maxValues: 4096 };

const ecmaArrays = new WeakSet<object>();

/** Marks a record so that it is written as an ECMA array, as `onMetaData` is by most encoders. */
export function asEcmaArray(record: Amf0Object): Amf0Object {
  ecmaArrays.add(record);
  return record;
}

export function isEcmaArray(record: Amf0Object): boolean {
  return ecmaArrays.has(record);
}

export function isAmf0Object(value: Amf0Value): value is Amf0Object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Counts what one body may still hold. */
export class AmfBudget {
  readonly #limits: AmfLimits;
  #values = 0;
  #depth = 0;

  constructor(limits: AmfLimits) {
    this.#limits = limits;
  }

  take(): void {
    if (++this.#values > this.#limits.maxValues) {
      throw new MalformedError('TOO_MANY', 'AMF', `more than ${this.#limits.maxValues} values`);
    }
  }

  /** Runs `read` one level deeper. */
  nested<T>(read: () => T): T {
    if (++this.#depth > this.#limits.maxDepth) {
      throw new MalformedError('TOO_DEEP', 'AMF', `nested more than ${this.#limits.maxDepth} levels`);
    }
    const value = read();
    this.#depth--;
    return value;
  }
}
