import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyAddress } from './address-class.ts';
import { guardedAgent, guardedLookup, mayConnect } from './ssrf-guard.ts';

describe('classifyAddress', () => {
  it.each([
    ['93.184.216.34', 'public'],
    ['2606:2800:220:1:248:1893:25c8:1946', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.31.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['198.18.0.1', 'private'],
    ['192.0.2.1', 'private'],
    ['240.0.0.1', 'private'],
    ['fc00::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['2001:db8::1', 'private'],
    ['64:ff9b::102:304', 'private'],
    ['2002:102:304::1', 'private'],
    ['169.254.169.254', 'forbidden'],
    ['169.254.0.1', 'forbidden'],
    ['::ffff:169.254.169.254', 'forbidden'],
    ['::ffff:a9fe:a9fe', 'forbidden'],
    ['::a9fe:a9fe', 'forbidden'],
    ['64:ff9b::a9fe:a9fe', 'forbidden'],
    ['64:ff9b:1::a9fe:a9fe', 'forbidden'],
    ['::ffff:0:a9fe:a9fe', 'forbidden'],
    ['2002:a9fe:a9fe::1', 'forbidden'],
    ['64:ff9b::6464:64c8', 'forbidden'],
    ['100.100.100.200', 'forbidden'],
    ['168.63.129.16', 'forbidden'],
    ['192.0.0.192', 'forbidden'],
    ['fd00:ec2::254', 'forbidden'],
    ['fd00:0ec2:0:0::0254', 'forbidden'],
    ['fd20:ce::254', 'forbidden'],
    ['fe80::1', 'forbidden'],
    ['fe80::1%eth0', 'forbidden'],
    ['febf::1', 'forbidden'],
    ['0.0.0.0', 'forbidden'],
    ['::', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['ff02::1', 'forbidden'],
    ['', 'forbidden'],
    ['localhost', 'forbidden'],
    ['0x7f000001', 'forbidden'],
  ])('%s is %s', (address, expected) => {
    expect(classifyAddress(address)).toBe(expected);
    expect(mayConnect('administrator', address)).toBe(expected !== 'forbidden');
    expect(mayConnect('user', address)).toBe(expected === 'public');
  });
});

describe('guardedAgent', () => {
  let hits = 0;
  const server = createServer((_, response) => {
    hits++;
    response.end('ok');
  });
  let port = 0;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const resolvingTo =
    (...addresses: string[]): LookupFunction =>
    (_hostname, options, callback) => {
      const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      if (options.all === true) callback(null, all);
      else callback(null, all[0]!.address, all[0]!.family);
    };

  async function get(url: string, setBy: 'administrator' | 'user', lookup?: LookupFunction) {
    const dispatcher = guardedAgent({ setBy, connectTimeoutMs: 2000, ...(lookup === undefined ? {} : { lookup }) });
    try {
      const { statusCode, body } = await request(url, { dispatcher });
      await body.dump();
      return statusCode;
    } catch (error) {
      return (error as { code?: string }).code;
    } finally {
      await dispatcher.destroy();
    }
  }

  // Loopback in all the ways it can be spelt; URL makes 127.0.0.1 of the first four.
  it.each(['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'])(
    '%s is loopback, for administrators only',
    async (host) => {
      const before = hits;
      const url = `http://${host}:${port}/`;
      expect(await get(url, 'user')).toBe('FORBIDDEN_ADDRESS');
      expect(hits).toBe(before);
      expect(await get(url, 'administrator', host === 'localhost' ? resolvingTo('127.0.0.1') : undefined)).toBe(200);
    },
  );

  it.each([
    ['user', ['127.0.0.1'], 'FORBIDDEN_ADDRESS'],
    ['user', ['93.184.216.34', '127.0.0.1'], 'FORBIDDEN_ADDRESS'],
    ['administrator', ['127.0.0.1', '169.254.169.254'], 'FORBIDDEN_ADDRESS'],
    ['administrator', ['127.0.0.1', 'fd00:ec2::254'], 'FORBIDDEN_ADDRESS'],
    ['administrator', ['127.0.0.1'], 200],
  ] as const)('for %s a name that is %j gives %s', async (setBy, addresses, expected) => {
    const before = hits;
    expect(await get(`http://callback.example.com:${port}/`, setBy, resolvingTo(...addresses))).toBe(expected);
    expect(hits - before).toBe(expected === 200 ? 1 : 0);
  });

  // These end before a socket is opened: the literal is looked at first.
  it.each(['169.254.169.254', '[fe80::1]', '[fd00:ec2::254]', '100.100.100.200', '2852039166', '[::ffff:a9fe:a9fe]'])(
    'never goes to %s',
    async (host) => {
      expect(await get(`http://${host}/`, 'administrator')).toBe('FORBIDDEN_ADDRESS');
    },
  );

  it('hands errors of the resolver on', async () => {
    const failing: LookupFunction = (_, __, callback) =>
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '');
    expect(await get('http://gone.example.com/', 'administrator', failing)).toBe('ENOTFOUND');
  });

  it.each([true, false])('an empty answer is refused (all: %s)', async (all) => {
    const empty: LookupFunction = (_, __, callback) => callback(null, all ? [] : '');
    const answer = new Promise((resolve) => {
      guardedLookup('administrator', empty)('x.example.com', { all }, (error) => resolve(error));
    });
    expect(await answer).toMatchObject({ code: 'FORBIDDEN_ADDRESS' });
  });
});
