import { EventEmitter, once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CountryLookup, countryLookup, openCountryLookup } from './country-lookup.ts';

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

const opened: CountryLookup[] = [];

afterEach(async () => {
  for (const lookup of opened.splice(0)) await lookup.close();
});

/** What the lookup says of its file, each said once. */
type Said = { readonly next: () => Promise<string> };

async function open(config: Parameters<typeof openCountryLookup>[0]): Promise<CountryLookup & Said> {
  const events = new EventEmitter();
  const lookup = await openCountryLookup(config, {
    onLoaded: () => events.emit('said', 'loaded'),
    onRefused: () => events.emit('said', 'refused'),
    settleMs: 20,
    sweepMs: 100,
  });
  opened.push(lookup);
  return { ...lookup, next: async () => String((await once(events, 'said'))[0]) };
}

afterAll(() => rm(dir, { recursive: true, force: true }));

describe('openCountryLookup', () => {
  it('is nothing where nothing is configured', async () => {
    expect((await open({ countryDatabase: null, countryHeader: null })).countryOf).toBeUndefined();
  });

  it('says which file cannot be read', async () => {
    const opening = open({ countryDatabase: join(dir, 'none.mmdb'), countryHeader: null });
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
    const { countryOf } = await open({ countryDatabase: file(), countryHeader: 'X-Country' });
    expect(countryOf?.(address, header === undefined ? undefined : { 'x-country': header })).toBe(expected);
  });
});

describe('a country database under a running server', () => {
  const of = (country: string) => mmdbOf([203, 0, 113], { country: { iso_code: country } });
  const ways: [string, (path: string, bytes: Buffer) => Promise<void>][] = [
    ['overwritten', (path, bytes) => writeFile(path, bytes)],
    ['renamed over', (path, bytes) => writeFile(`${path}.new`, bytes).then(() => rename(`${path}.new`, path))],
  ];

  it.each(ways)('is taken when it is %s, and stays when what comes is no good', async (how, replace) => {
    const path = join(dir, `${how.replace(' ', '-')}.mmdb`);
    await writeFile(path, of('DE'));
    const { countryOf, next } = await open({ countryDatabase: path, countryHeader: null });
    const country = () => countryOf?.('203.0.113.9', undefined);
    expect(country()).toBe('DE');

    const steps: [Buffer, string, string][] = [
      [of('FR'), 'loaded', 'FR'],
      [of('NL').subarray(0, 200), 'refused', 'FR'],
      [Buffer.alloc(0), 'refused', 'FR'],
      [Buffer.from('not a database'), 'refused', 'FR'],
      [of('NL'), 'loaded', 'NL'],
    ];
    for (const [bytes, said, expected] of steps) {
      const saying = next();
      await replace(path, bytes);
      expect(await saying).toBe(said);
      expect(country()).toBe(expected);
    }

    const saying = next();
    await rm(path);
    expect(await saying).toBe('refused');
    expect(country()).toBe('NL');
  });
});

describe('countryLookup', () => {
  it('takes the country of registration where there is no other', () => {
    const database = { get: () => ({ registered_country: { iso_code: 'NL', geoname_id: 1, names: { en: 'x' } } }) };
    expect(countryLookup(database, null)('192.0.2.1', { 'x-country': 'DE' })).toBe('NL');
  });
});
