import { type CountryResponse, open } from 'maxmind';
import type { CountryOf } from '../access/index.ts';
import type { Config } from '../config/index.ts';

/** Looks an address up; as MaxMind's country and city databases answer. */
export interface CountryDatabase {
  get(address: string): CountryResponse | null;
}

/** The lookup that the configuration names; undefined when it names none. Throws when the database can't be read. */
export async function openCountryLookup({
  countryDatabase,
  countryHeader,
}: Pick<Config, 'countryDatabase' | 'countryHeader'>): Promise<CountryOf | undefined> {
  if (countryDatabase === null && countryHeader === null) return undefined;
  const database = countryDatabase === null ? undefined : await openDatabase(countryDatabase);
  return countryLookup(database, countryHeader);
}

/** The header wins over the database. Requests carry headers only where a trusted proxy sent them. */
export function countryLookup(database: CountryDatabase | undefined, header: string | null): CountryOf {
  const name = header?.toLowerCase();
  return (address, headers) => {
    const given = name === undefined ? undefined : headers?.[name];
    if (typeof given === 'string' && /^[A-Za-z]{2}$/.test(given)) return given.toUpperCase();
    return database && countryIn(database, address);
  };
}

async function openDatabase(file: string): Promise<CountryDatabase> {
  try {
    return await open<CountryResponse>(file, { watchForUpdates: true, watchForUpdatesNonPersistent: true });
  } catch (cause) {
    const remedy = 'name a MaxMind database (MMDB) that this account may read';
    throw new Error(`countryDatabase ${file} cannot be read; ${remedy}`, { cause });
  }
}

function countryIn(database: CountryDatabase, address: string): string | undefined {
  const found = database.get(address);
  return (found?.country ?? found?.registered_country)?.iso_code;
}
