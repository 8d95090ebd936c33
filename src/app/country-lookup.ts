import type { CountryResponse } from 'maxmind';
import type { CountryOf } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import { CountryFile, type CountryFileOptions } from './country-file.ts';

/** Looks an address up; as MaxMind's country and city databases answer. */
export interface CountryDatabase {
  get(address: string): CountryResponse | null;
}

export type CountryLookup = {
  /** Undefined where the configuration names no way to find countries. */
  readonly countryOf: CountryOf | undefined;
  close(): Promise<void>;
};

/** The lookup that the configuration names. Throws when the database can't be read; later only better ones are taken. */
export async function openCountryLookup(
  { countryDatabase: file, countryHeader }: Pick<Config, 'countryDatabase' | 'countryHeader'>,
  options: Omit<CountryFileOptions, 'file'>,
): Promise<CountryLookup> {
  const database = file === null ? undefined : await openDatabase({ ...options, file });
  const countryOf = database || countryHeader !== null ? countryLookup(database, countryHeader) : undefined;
  return { countryOf, close: async () => database?.close() };
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

async function openDatabase(options: CountryFileOptions): Promise<CountryFile> {
  try {
    return await CountryFile.open(options);
  } catch (cause) {
    const remedy = 'name a MaxMind database (MMDB) that this account may read';
    throw new Error(`countryDatabase ${options.file} cannot be read; ${remedy}`, { cause });
  }
}

function countryIn(database: CountryDatabase, address: string): string | undefined {
  const found = database.get(address);
  return (found?.country ?? found?.registered_country)?.iso_code;
}
