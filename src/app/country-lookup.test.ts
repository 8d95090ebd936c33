import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countryLookup, openCountryLookup } from './country-lookup.ts';

type Value = string | number | readonly Value[] | { readonly [name: string]: Value };

/** The MMDB data format, as far as these few values need it: a control byte of type and size, then the value. */
function encoded(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)]);
  if (typeof value === 'number') {
    const number = Buffer.alloc(5);
    number[0] = (6 << 5) | 4;
    number.writeUInt32BE(value, 1);
    return number;
  }
  if (Array.isArray(value)) return Buffer.concat([Buffer.from([value.length, 4]), ...value.map(encoded)]);
  const entries = Object.entries(value);
  return Buffer.concat([Buffer.from([(7 << 5) | entries.length]), ...entries.flatMap((each) => each.map(encoded))]);
}

/** A database of one IPv4 network of 24 bits. */
function mmdbOf(network: readonly number[], data: Value): Buffer {
  const bits = network.slice(0, 3).flatMap((byte) => [...byte.toString(2).padStart(8, '0')]);
  const tree = Buffer.alloc(bits.length * 6);
  for (const [node, bit] of bits.entries()) {
    const isLast = node === bits.length - 1;
    tree.writeUIntBE(bit === '0' && !isLast ? node + 1 : bits.length, node * 6, 3);
    tree.writeUIntBE(bit === '1' && !isLast ? node + 1 : bits.length, node * 6 + 3, 3);
    if (isLast) tree.writeUIntBE(bits.length + 16, node * 6 + (bit === '1' ? 3 : 0), 3);
  }
  const metadata = encoded({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1,
    database_type: 'Test',
    description: { en: 'test' },
    ip_version: 4,
    languages: ['en'],
    node_count: bits.length,
    record_size: 24,
  });
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')]);
  return Buffer.concat([tree, Buffer.alloc(16), encoded(data), marker, metadata]);
}

let dir = '';
const file = () => join(dir, 'country.mmdb');

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headwater-country-'));
  await writeFile(file(), mmdbOf([203, 0, 113], { country: { iso_code: 'DE' } }));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

describe('openCountryLookup', () => {
  it('is nothing where nothing is configured', async () => {
    expect(await openCountryLookup({ countryDatabase: null, countryHeader: null })).toBeUndefined();
  });

  it('says which file cannot be read', async () => {
    const opening = openCountryLookup({ countryDatabase: join(dir, 'none.mmdb'), countryHeader: null });
    await expect(opening).rejects.toThrow(/none\.mmdb cannot be read; name a MaxMind database/);
  });

  it.each([
    ['203.0.113.9', undefined, 'DE'],
    ['203.0.114.9', undefined, undefined],
    ['203.0.113.9', 'fr', 'FR'],
    ['203.0.114.9', 'FR', 'FR'],
    ['203.0.113.9', 'France', 'DE'],
    ['203.0.113.9', '', 'DE'],
    ['2001:db8::1', undefined, undefined],
    ['no address', undefined, undefined],
  ])('looks %s with the header %s up as %s', async (address, header, expected) => {
    const lookup = await openCountryLookup({ countryDatabase: file(), countryHeader: 'X-Country' });
    expect(lookup?.(address, header === undefined ? undefined : { 'x-country': header })).toBe(expected);
  });
});

describe('countryLookup', () => {
  it('takes the country of registration where there is no other', () => {
    const database = { get: () => ({ registered_country: { iso_code: 'NL', geoname_id: 1, names: { en: 'x' } } }) };
    expect(countryLookup(database, null)('192.0.2.1', { 'x-country': 'DE' })).toBe('NL');
  });
});
