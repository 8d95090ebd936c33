import { expect, it } from 'vitest';
import { keptAddress } from './address-form.ts';

it.each([
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ['2001:db8:1::9', '2001:db8:1::/48'],
  ['2001:db8::9', '2001:db8::/48'],
  ['fe80::1%eth0', 'fe80::/48'],
  ['::1', '::/48'],
])('%s is kept as %s', (address, expected) => {
  expect(keptAddress(address, 'truncated')).toBe(expected);
  expect(keptAddress(address, 'none')).toBeUndefined();
});

it('keeps all of it where that is wanted, and nothing that is no address', () => {
  expect(keptAddress('::ffff:203.0.113.77', 'whole')).toBe('203.0.113.77');
  expect(keptAddress('2001:DB8::9', 'whole')).toBe('2001:db8::9');
  expect(keptAddress('nobody', 'whole')).toBeUndefined();
});
