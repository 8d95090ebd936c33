import { addressGroup } from './address.ts';

export type ConnectionLimitsOptions = {
  /** Connections at once; 0 for any number. */
  readonly connections: number;
  /** Connections at once from one address, or one IPv6 network of 64 bits; 0 for any number. */
  readonly connectionsPerAddress: number;
  /** Addresses to which the limit per address does not apply. */
  readonly isExempt: (address: string) => boolean;
};

/** Counts the connections of the doors that share it and says when there are too many. */
export class ConnectionLimits {
  readonly #options: ConnectionLimitsOptions;
  readonly #perAddress = new Map<string, number>();
  #count = 0;

  constructor(options: ConnectionLimitsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  /** Takes a connection in, and returns what lets it go; undefined when it is one too many. */
  enter(address: string): (() => void) | undefined {
    const { connections, connectionsPerAddress, isExempt } = this.#options;
    if (connections > 0 && this.#count >= connections) return undefined;
    const group = addressGroup(address);
    const fromThere = this.#perAddress.get(group) ?? 0;
    if (connectionsPerAddress > 0 && fromThere >= connectionsPerAddress && !isExempt(address)) return undefined;
    this.#count++;
    this.#perAddress.set(group, fromThere + 1);
    return () => {
      this.#count--;
      const left = (this.#perAddress.get(group) ?? 1) - 1;
      if (left > 0) this.#perAddress.set(group, left);
      else this.#perAddress.delete(group);
    };
  }
}
