import { describe, expect, it } from 'vitest';
import { ClientAddresses } from './client-address.ts';

const proxy = { address: '::ffff:10.0.0.1', scheme: 'http' } as const;
const finder = (header?: 'x-forwarded-for' | 'forwarded') =>
  new ClientAddresses({ trustedProxies: ['10.0.0.0/8', '2001:db8::/32'], ...(header === undefined ? {} : { header }) });

describe('ClientAddresses', () => {
  it.each([
    ['no header', {}, '10.0.0.1', 'http'],
    ['one hop', { 'x-forwarded-for': '203.0.113.9' }, '203.0.113.9', 'http'],
    ['the rightmost that is not ours', { 'x-forwarded-for': '1.1.1.1, 203.0.113.9, 10.0.0.2' }, '203.0.113.9', 'http'],
    ['all are ours: the leftmost', { 'x-forwarded-for': '10.0.0.7,10.0.0.2' }, '10.0.0.7', 'http'],
    ['nonsense stops the walk', { 'x-forwarded-for': '1.1.1.1, unknown, 10.0.0.2' }, '10.0.0.2', 'http'],
    ['nonsense at the end', { 'x-forwarded-for': '1.1.1.1, x' }, '10.0.0.1', 'http'],
    ['several headers', { 'x-forwarded-for': ['1.1.1.1', '203.0.113.9'] }, '203.0.113.9', 'http'],
    ['a port', { 'x-forwarded-for': '203.0.113.9:4711' }, '203.0.113.9', 'http'],
    ['IPv6 with port', { 'x-forwarded-for': '[2001:DB9::1]:80' }, '2001:db9::1', 'http'],
    ['scheme', { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }, '203.0.113.9', 'https'],
    [
      'a scheme per hop',
      { 'x-forwarded-for': '203.0.113.9, 10.0.0.2', 'x-forwarded-proto': 'https, http' },
      '203.0.113.9',
      'https',
    ],
    [
      'a scheme the client made up',
      { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https, http' },
      '203.0.113.9',
      'http',
    ],
    ['Forwarded', { forwarded: 'for=203.0.113.9;proto=https;by=10.0.0.1' }, '203.0.113.9', 'https'],
    ['Forwarded, quoted', { forwarded: 'For="[2001:db9::1]:4711";Proto=HTTPS' }, '2001:db9::1', 'https'],
    ['Forwarded, several', { forwarded: 'for=1.1.1.1, for=203.0.113.9, for="10.0.0.2"' }, '203.0.113.9', 'http'],
    ['Forwarded, comma in quotes', { forwarded: 'for=203.0.113.9;x="a,for=1.1.1.1\\","' }, '203.0.113.9', 'http'],
    ['Forwarded, hidden', { forwarded: 'for=1.1.1.1, for=_hidden, for=10.0.0.2' }, '10.0.0.2', 'http'],
    ['both: X-Forwarded-For', { forwarded: 'for=1.1.1.1', 'x-forwarded-for': '203.0.113.9' }, '203.0.113.9', 'http'],
  ] as const)('%s', (_, headers, address, scheme) => {
    expect(finder().find(proxy, headers)).toMatchObject({ address, scheme });
  });

  it('looks at no header of a peer that is not trusted', () => {
    const headers = { 'x-forwarded-for': '1.1.1.1', 'x-forwarded-proto': 'https', forwarded: 'for=1.1.1.1' };
    const client = finder().find({ address: '::ffff:203.0.113.1', scheme: 'http' }, headers);
    expect(client).toEqual({ address: '203.0.113.1', scheme: 'http', isForwarded: false });
    const nobody = new ClientAddresses({ trustedProxies: [] });
    expect(nobody.find({ address: '127.0.0.1', scheme: 'https' }, headers).address).toBe('127.0.0.1');
  });

  it('reads only the header it is told to', () => {
    const headers = { 'x-forwarded-for': '1.1.1.1', forwarded: 'for=203.0.113.9' };
    expect(finder('forwarded').find(proxy, headers).address).toBe('203.0.113.9');
    expect(finder('x-forwarded-for').find(proxy, { forwarded: 'for=203.0.113.9' }).address).toBe('10.0.0.1');
  });
});
