import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { type AddressClass, classifyAddress } from './address-class.ts';
import type { Endpoint } from './event.ts';

type SetBy = Endpoint['setBy'];

const IN_WORDS: Readonly<Record<AddressClass, string>> = {
  public: 'public',
  private: 'private',
  loopback: 'loopback',
  forbidden: 'link-local, cloud metadata or multicast',
};

/** The address a callback would go to is not one it may go to. */
export class ForbiddenAddressError extends Error {
  readonly code = 'FORBIDDEN_ADDRESS';
  readonly addressClass: AddressClass;

  constructor(addressClass: AddressClass) {
    super(`nothing may be sent from here to ${IN_WORDS[addressClass]} addresses`);
    this.name = 'ForbiddenAddressError';
    this.addressClass = addressClass;
  }
}

export type GuardedAgentOptions = {
  readonly setBy: SetBy;
  readonly connectTimeoutMs: number;
  /** Resolves host names; Node's own by default. */
  readonly lookup?: LookupFunction;
};

/** Administrators may name hosts of their own network; everybody else public addresses only. */
export function mayConnect(setBy: SetBy, address: string): boolean {
  const addressClass = classifyAddress(address);
  if (setBy === 'administrator') return addressClass !== 'forbidden';
  return addressClass === 'public';
}

/** An undici Agent that looks at the address of each connection, whatever name or spelling led to it. */
export function guardedAgent({ setBy, connectTimeoutMs, lookup = dnsLookup }: GuardedAgentOptions): Agent {
  const connect = buildConnector({ timeout: connectTimeoutMs, lookup: guardedLookup(setBy, lookup) });
  return new Agent({
    connect(options, callback) {
      // Node asks no resolver for an address; URL has already turned 0x7f.1 and 2130706433 into four parts.
      const literal = options.hostname.replace(/^\[(.*)\]$/, '$1');
      if (isIP(literal) !== 0 && !mayConnect(setBy, literal)) {
        callback(new ForbiddenAddressError(classifyAddress(literal)), null);
        return;
      }
      connect(options, (...[error, socket]) => {
        if (error !== null) return callback(error, null);
        const remote = socket.remoteAddress ?? '';
        if (mayConnect(setBy, remote)) return callback(null, socket);
        socket.destroy();
        callback(new ForbiddenAddressError(classifyAddress(remote)), null);
      });
    },
  });
}

/** Resolves a name and refuses the whole answer when one of its addresses is forbidden. */
export function guardedLookup(setBy: SetBy, lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    const done = (error: NodeJS.ErrnoException | null, found: string | LookupAddress[], family?: number) => {
      if (error !== null) return callback(error, found, family);
      const addresses = typeof found === 'string' ? [found] : found.map((each) => each.address);
      const bad = addresses.find((address) => !mayConnect(setBy, address));
      if (bad === undefined && addresses.length > 0) return callback(null, found, family);
      callback(new ForbiddenAddressError(classifyAddress(bad ?? '')), found, family);
    };
    lookup(hostname, options as LookupOptions & { all: true }, done);
  };
}
