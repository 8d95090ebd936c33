import { AddressSet, normaliseAddress } from './address.ts';

export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

export type ClientAddressOptions = {
  /** Addresses and networks whose forwarding headers are believed. */
  readonly trustedProxies: readonly string[];
  /**
   * Which header the proxies write. They pass the other one on as the client sent it, so name `forwarded`
   * where they write only that; by default Forwarded counts when there is no X-Forwarded-For.
   */
  readonly header?: 'x-forwarded-for' | 'forwarded' | 'either';
};

export type Client = {
  readonly address: string;
  readonly scheme: 'http' | 'https';
  /** Whether a trusted proxy stands between. */
  readonly isForwarded: boolean;
};

type Peer = { readonly address: string; readonly isTrusted: boolean };

/** How many peers are remembered; each has a few requests at least. */
const REMEMBERED_PEERS = 10_000;

type Hop = { readonly address: string | undefined; readonly scheme: string | undefined };

/** Finds the client behind trusted proxies: the rightmost hop that is not one of them. */
export class ClientAddresses {
  readonly #trusted: AddressSet;
  readonly #header: NonNullable<ClientAddressOptions['header']>;
  readonly #peers = new Map<string, Peer>();

  constructor(options: ClientAddressOptions) {
    this.#trusted = new AddressSet(options.trustedProxies);
    this.#header = options.header ?? 'either';
  }

  /** Entries of `trustedProxies` that are neither address nor network. */
  get invalid(): readonly string[] {
    return this.#trusted.invalid;
  }

  isTrusted(address: string): boolean {
    return this.#peer(address).isTrusted;
  }

  /** `scheme` is that of our own listener; headers of an untrusted peer are not looked at. */
  find(peer: { readonly address: string; readonly scheme: 'http' | 'https' }, headers: HeaderValues): Client {
    const { address: direct, isTrusted } = this.#peer(peer.address);
    if (!isTrusted) return { address: direct, scheme: peer.scheme, isForwarded: false };
    let found: Client = { address: direct, scheme: peer.scheme, isForwarded: false };
    for (const hop of this.#hops(headers).toReversed()) {
      // A hop that hides its address, or is none: the last one known stands for it.
      if (hop.address === undefined) return found;
      found = { address: hop.address, scheme: schemeOf(hop.scheme) ?? found.scheme, isForwarded: true };
      if (!this.#trusted.has(hop.address)) return found;
    }
    return found;
  }

  #peer(address: string): Peer {
    const known = this.#peers.get(address);
    if (known !== undefined) return known;
    const peer = { address: normaliseAddress(address) ?? address, isTrusted: this.#trusted.has(address) };
    if (this.#peers.size >= REMEMBERED_PEERS) this.#peers.clear();
    this.#peers.set(address, peer);
    return peer;
  }

  #hops(headers: HeaderValues): Hop[] {
    const forwardedFor = joined(headers['x-forwarded-for']);
    const forwarded = joined(headers.forwarded);
    if (this.#header === 'forwarded') return forwardedHops(forwarded);
    if (this.#header === 'either' && forwardedFor === '') return forwardedHops(forwarded);
    return xForwardedHops(forwardedFor, joined(headers['x-forwarded-proto']));
  }
}

function xForwardedHops(forwardedFor: string, proto: string): Hop[] {
  if (forwardedFor === '') return [];
  const addresses = forwardedFor.split(',');
  const schemes = proto.split(',');
  return addresses.map((text, index) => {
    // With one scheme per hop each belongs to its own; else the last proxy's word counts for all.
    const scheme = schemes.length === addresses.length ? schemes[index] : schemes.at(-1);
    return { address: nodeAddress(text.trim()), scheme: scheme?.trim() };
  });
}

/** RFC 7239 section 4: elements by comma, pairs by semicolon, values as token or quoted string. */
function forwardedHops(forwarded: string): Hop[] {
  if (forwarded === '') return [];
  return splitOutsideQuotes(forwarded, ',').map((element) => {
    const pairs = new Map(splitOutsideQuotes(element, ';').map(forwardedPair));
    const node = pairs.get('for');
    return { address: node === undefined ? undefined : nodeAddress(node), scheme: pairs.get('proto') };
  });
}

function forwardedPair(pair: string): [string, string] {
  const equals = pair.indexOf('=');
  const name = (equals < 0 ? pair : pair.slice(0, equals)).trim().toLowerCase();
  const value = equals < 0 ? '' : pair.slice(equals + 1).trim();
  const quoted = /^"(.*)"$/.exec(value)?.[1];
  return [name, quoted === undefined ? value : quoted.replace(/\\(.)/g, '$1')];
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    if (isQuoted && text[at] === '\\') at++;
    else if (text[at] === '"') isQuoted = !isQuoted;
    else if (!isQuoted && text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** An address with or without port: `1.2.3.4:80`, `[::1]:80`, `::1`. `unknown` and `_hidden` are none. */
function nodeAddress(node: string): string | undefined {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(node)?.[1];
  const withPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(node)?.[1];
  return normaliseAddress(bracketed ?? withPort ?? node);
}

function schemeOf(text: string | undefined): 'http' | 'https' | undefined {
  const scheme = text?.toLowerCase();
  if (scheme === 'https' || scheme === 'wss') return 'https';
  return scheme === 'http' || scheme === 'ws' ? 'http' : undefined;
}

function joined(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value ?? []).join(',');
}
