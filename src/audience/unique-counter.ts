import { createHash } from 'node:crypto';

const MOST_EXACT = 2048;
const REGISTER_BITS = 12;
const REGISTERS = 2 ** REGISTER_BITS;
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

/** How many different texts there were: exact up to 2048, then an estimate that is about 2 % off (HyperLogLog). */
export class UniqueCounter {
  #exact: Set<bigint> | undefined = new Set();
  readonly #registers = new Uint8Array(REGISTERS);

  add(text: string): void {
    const hash = createHash('sha1').update(text).digest().readBigUInt64BE();
    this.#register(hash);
    this.#exact?.add(hash);
    if (this.#exact && this.#exact.size > MOST_EXACT) this.#exact = undefined;
  }

  get count(): number {
    if (this.#exact) return this.#exact.size;
    let sum = 0;
    for (const register of this.#registers) sum += 2 ** -register;
    return Math.round((ALPHA * REGISTERS * REGISTERS) / sum);
  }

  #register(hash: bigint): void {
    const index = Number(hash & BigInt(REGISTERS - 1));
    const rest = (hash >> BigInt(REGISTER_BITS)).toString(2).padStart(64 - REGISTER_BITS, '0');
    const rank = rest.indexOf('1') + 1 || 64 - REGISTER_BITS + 1;
    this.#registers[index] = Math.max(this.#registers[index] ?? 0, rank);
  }
}
