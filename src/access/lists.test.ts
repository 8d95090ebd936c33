import { describe, expect, it } from 'vitest';
import { AddressSet, addressGroup, normaliseAddress } from './address.ts';
import { countryAllowed, ipAllowed, refererAllowed, userAgentAllowed } from './lists.ts';

const deny = 'deny' as const;
const allow = 'allow' as const;

describe('normaliseAddress', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:102:304', '1.2.3.4'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['0x7f.1', undefined],
    ['2130706433', undefined],
    ['010.0.0.1', undefined],
    ['', undefined],
  ])('%s is %s', (text, expected) => {
    expect(normaliseAddress(text)).toBe(expected);
  });
});

describe('AddressSet', () => {
  const set = new AddressSet(['10.0.0.0/8', '192.0.2.7', '2001:DB8::/33', '::ffff:198.51.100.0/120', '172.16.0.0/12']);

  it.each([
    ['10.255.0.1', true],
    ['11.0.0.0', false],
    ['::ffff:10.1.2.3', true],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['198.51.100.200', true],
    ['198.51.101.0', false],
    ['172.31.255.255', true],
    ['172.32.0.0', false],
    ['2001:db8:7fff::1', true],
    ['2001:db8:8000::1', false],
    ['nonsense', false],
  ])('%s: %s', (address, expected) => {
    expect(set.has(address)).toBe(expected);
  });

  it('names what it cannot read', () => {
    const bad = ['10.0.0.0/33', '300.1.1.1', '::/129', 'example.com', '', '1.2.3.4/', '::ffff:1.2.3.4/95'];
    expect(new AddressSet([...bad, '0.0.0.0/0']).invalid).toEqual(bad);
  });

  it('keeps families apart', () => {
    expect(new AddressSet(['0.0.0.0/0']).has('2001:db8::1')).toBe(false);
    expect(new AddressSet(['::/0']).has('1.2.3.4')).toBe(false);
  });
});

it('addressGroup counts IPv6 by its network', () => {
  expect(addressGroup('2001:db8:1:2::1')).toBe(addressGroup('2001:db8:1:2:ffff::9'));
  expect(addressGroup('2001:db8:1:2::1')).not.toBe(addressGroup('2001:db8:1:3::1'));
  expect(addressGroup('::ffff:1.2.3.4')).toBe('1.2.3.4');
});

describe('ipAllowed', () => {
  it.each([
    [deny, [], '1.2.3.4', true],
    [allow, [], '1.2.3.4', true],
    [deny, ['1.2.3.0/24'], '1.2.3.4', false],
    [deny, ['1.2.3.0/24'], '::ffff:1.2.3.4', false],
    [deny, ['1.2.3.0/24'], '1.2.4.4', true],
    [deny, ['1.2.3.0/24'], 'unknown', false],
    [allow, ['1.2.3.0/24'], '1.2.3.4', true],
    [allow, ['1.2.3.0/24'], '1.2.4.4', false],
    [allow, ['1.2.3.0/24'], 'unknown', false],
  ])('%s %j for %s: %s', (mode, list, address, expected) => {
    expect(ipAllowed({ mode, list }, address)).toBe(expected);
  });
});

describe('refererAllowed', () => {
  it.each([
    ['a.com', 'http://a.com/page', true],
    ['a.com', 'https://www.a.com:8443/', true],
    ['a.com', 'HTTPS://WWW.A.COM', true],
    ['a.com', 'http://eva.com/', false],
    ['a.com', 'http://a.com.evil.net/', false],
    ['a.com', 'http://evil.net/a.com', false],
    ['a.com', 'http://evil.net/?http://a.com', false],
    ['a.com', 'http://a.com@evil.net/', false],
    ['a.com', 'a.com', true],
    ['a.com', 'http://a.com./', true],
    ['*.a.com', 'http://www.a.com/', true],
    ['a.*b.com', 'http://a.xb.com/', true],
    ['a.*b.com', 'http://x.a.b.com/', true],
    ['a.*b.com', 'http://a.b.org/', false],
    ['http://a.com/', 'http://a.com/', true],
    ['a.com', 'http://', false],
    ['*', 'http://x.org/', true],
  ])('%s lists %s: %s', (pattern, referer, isListed) => {
    expect(refererAllowed({ mode: allow, list: [pattern], allowEmpty: false }, referer)).toBe(isListed);
    expect(refererAllowed({ mode: deny, list: [pattern], allowEmpty: false }, referer)).toBe(!isListed);
  });

  it.each([true, false])('an empty one counts by allowEmpty %s, whatever the mode', (allowEmpty) => {
    for (const referer of [undefined, '']) {
      expect(refererAllowed({ mode: allow, list: ['a.com'], allowEmpty }, referer)).toBe(allowEmpty);
      expect(refererAllowed({ mode: deny, list: ['a.com'], allowEmpty }, referer)).toBe(allowEmpty);
      expect(refererAllowed({ mode: deny, list: [], allowEmpty }, referer)).toBe(true);
    }
  });
});

describe('userAgentAllowed', () => {
  it.each([
    ['*curl*', 'curl/8.0', true],
    ['curl', 'curl/8.0', false],
    ['*CURL/*', 'curl/8.0', true],
    ['Mozilla/5.0 (*) *Chrome/*', 'Mozilla/5.0 (X11) AppleWebKit Chrome/120', true],
    ['*a*a*a*a*a*a*b', 'a'.repeat(2000), false],
  ])('%s lists %s: %s', (pattern, userAgent, isListed) => {
    expect(userAgentAllowed({ mode: allow, list: [pattern], allowEmpty: false }, userAgent)).toBe(isListed);
    expect(userAgentAllowed({ mode: deny, list: [pattern], allowEmpty: false }, userAgent)).toBe(!isListed);
  });

  it('names the empty one ^$', () => {
    expect(userAgentAllowed({ mode: allow, list: ['^$'], allowEmpty: false }, '')).toBe(true);
    expect(userAgentAllowed({ mode: deny, list: ['^$'], allowEmpty: true }, undefined)).toBe(false);
    expect(userAgentAllowed({ mode: deny, list: ['curl*'], allowEmpty: true }, undefined)).toBe(true);
    expect(userAgentAllowed({ mode: allow, list: ['curl*'], allowEmpty: false }, undefined)).toBe(false);
  });
});

it.each([
  [allow, ['DE'], 'de', true],
  [allow, ['DE'], 'FR', false],
  [allow, ['DE'], undefined, false],
  [deny, ['DE'], 'DE', false],
  [deny, ['DE'], 'FR', true],
  [deny, ['DE'], undefined, true],
  [allow, [], undefined, true],
])('countryAllowed: %s %j for %s is %s', (mode, list, country, expected) => {
  expect(countryAllowed({ mode, list }, country)).toBe(expected);
});
