import { createHash } from 'node:crypto';

const MOST_EXACT = 2048;
const REGISTERS = 4096;
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

/** How many different texts there were: exact up to 2048, then an estimate that is about 2 % off (HyperLogLog). */
export class UniqueCounter {
  #exact: Set<string> | undefined = new Set();
  readonly #registers = new Uint8Array(REGISTERS);

  add(text: string): void {
    const hash = createHash('sha1').update(text).digest();
    const index = hash.readUInt16BE(0) % REGISTERS;
    const rank = Math.clz32(hash.readUInt32BE(2)) + 1;
    if (rank > (this.#registers[index] ?? 0)) this.#registers[index] = rank;
    this.#exact?.add(hash.toString('latin1', 0, 8));
    if (this.#exact && this.#exact.size > MOST_EXACT) this.#exact = undefined;
  }

  get count(): number {
    if (this.#exact) return this.#exact.size;
    let sum = 0;
    for (const register of this.#registers) sum += 2 ** -register;
    return Math.round((ALPHA * REGISTERS * REGISTERS) / sum);
  }
}
