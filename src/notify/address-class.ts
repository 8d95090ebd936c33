import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** `forbidden`: link-local, cloud metadata, multicast and what is no host at all. */
export type AddressClass = 'public' | 'private' | 'loopback' | 'forbidden';

/** Metadata services outside link-local: Alibaba Cloud, Azure, Oracle; AWS and Google Cloud over IPv6. */
const METADATA = new Set(['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254']);

const FORBIDDEN_RANGES = new Set(['unspecified', 'broadcast', 'multicast', 'linkLocal', 'discard']);

/** IPv6 networks with an IPv4 address inside, and the byte where it begins: translation, 6to4, compatible form. */
const EMBEDDING: readonly (readonly [string, number, number])[] = [
  ['64:ff9b::', 96, 12],
  ['64:ff9b:1::', 48, 12],
  ['::ffff:0:0:0', 96, 12],
  ['2002::', 16, 2],
  ['::', 96, 12],
];

/** What kind of network the address lies in. An IPv4 address inside an IPv6 one counts as itself, if that is worse. */
export function classifyAddress(text: string): AddressClass {
  const bare = text.replace(/%.*$/, '');
  if (isIP(bare) === 0) return 'forbidden';
  const address = ipaddr.process(bare);
  if (METADATA.has(address.toString())) return 'forbidden';
  const range: string = address.range();
  if (FORBIDDEN_RANGES.has(range)) return 'forbidden';
  if (range === 'loopback') return 'loopback';
  if (address.kind() === 'ipv6' && classifyEmbedded(address) === 'forbidden') return 'forbidden';
  return range === 'unicast' ? 'public' : 'private';
}

function classifyEmbedded(address: ipaddr.IPv4 | ipaddr.IPv6): AddressClass | undefined {
  for (const [network, prefix, at] of EMBEDDING) {
    if (!address.match(ipaddr.parse(network), prefix)) continue;
    const inner = address.toByteArray().slice(at, at + 4);
    return classifyAddress(inner.join('.'));
  }
  return undefined;
}
