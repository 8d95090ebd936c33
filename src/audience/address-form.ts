import { normaliseAddress } from '../access/index.ts';

/** How much of a viewer's address is kept: all of it, its network, or nothing. */
export type AddressForm = 'whole' | 'truncated' | 'none';

const IPV4_KEPT = 3;
const IPV6_KEPT = 3;

/** An address as it is kept: truncated to /24 and /48, or undefined where none is to be. */
export function keptAddress(address: string, form: AddressForm): string | undefined {
  if (form === 'none') return undefined;
  const normal = normaliseAddress(address);
  if (normal === undefined || form === 'whole') return normal;
  if (!normal.includes(':')) return `${normal.split('.').slice(0, IPV4_KEPT).join('.')}.0/24`;
  return `${leadingGroups(normal).slice(0, IPV6_KEPT).join(':')}::/48`.replace(/(:0)+::/, '::').replace(/^0::/, '::');
}

/** The groups of an IPv6 address that come before its gap, filled up with zeros. */
function leadingGroups(address: string): string[] {
  const [before = ''] = address.split('::', 1);
  const groups = before === '' ? [] : before.split(':');
  return [...groups, ...Array<string>(8).fill('0')];
}
