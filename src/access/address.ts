import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * An address in its one spelling: IPv4-mapped IPv6 as IPv4, no zone, no brackets, lower case.
 * Undefined for anything else, the shortened and octal forms of IPv4 among them.
 */
export function normaliseAddress(text: string): string | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 0) return undefined;
  return family === 4 ? bare : ipaddr.process(bare).toString();
}

/** What one client is counted by: its IPv4 address, or its IPv6 network of 64 bits. */
export function addressGroup(address: string): string {
  const normal = normaliseAddress(address) ?? address;
  if (isIP(normal) !== 6) return normal;
  return `${ipaddr.parse(normal).toByteArray().slice(0, 8).join('.')}/64`;
}

/** A set of addresses and CIDR networks; looking up costs one step for each prefix length in use. */
export class AddressSet {
  /** Entries that are neither address nor network; they match nothing. */
  readonly invalid: readonly string[];
  readonly #networks = { 4: new Map<number, Set<string>>(), 16: new Map<number, Set<string>>() };

  constructor(entries: readonly string[]) {
    this.invalid = entries.filter((entry) => !this.#add(entry.trim()));
  }

  has(address: string): boolean {
    const normal = normaliseAddress(address);
    if (normal === undefined) return false;
    const bytes = Uint8Array.from(ipaddr.parse(normal).toByteArray());
    for (const [prefix, members] of this.#networks[bytes.length === 4 ? 4 : 16]) {
      if (members.has(masked(bytes, prefix))) return true;
    }
    return false;
  }

  #add(entry: string): boolean {
    const [, base = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
    const family = isIP(base);
    const normal = normaliseAddress(base);
    if (normal === undefined) return false;
    const bytes = Uint8Array.from(ipaddr.parse(normal).toByteArray());
    const bits = bytes.length * 8;
    const isMapped = family === 6 && bits === 32;
    const prefix = length === undefined ? bits : Number(length) - (isMapped ? 96 : 0);
    if (prefix < 0 || prefix > bits) return false;
    const networks = this.#networks[bits === 32 ? 4 : 16];
    const members = networks.get(prefix) ?? new Set();
    networks.set(prefix, members.add(masked(bytes, prefix)));
    return true;
  }
}

function masked(bytes: Uint8Array, prefix: number): string {
  const network = Buffer.alloc(bytes.length);
  const whole = Math.floor(prefix / 8);
  network.set(bytes.subarray(0, whole));
  const rest = prefix % 8;
  if (rest > 0) network[whole] = (bytes[whole] ?? 0) & (0xff00 >> rest) & 0xff;
  return network.toString('latin1');
}
