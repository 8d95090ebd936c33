import { type CountryResponse, open } from 'maxmind';
import { watchFiles } from '../certificates/index.ts';

export type CountryFileOptions = {
  readonly file: string;
  /** A new file took the place of the one before. */
  readonly onLoaded: () => void;
  /** A new file is no good, or is not whole yet; the one before it stays. */
  readonly onRefused: (error: unknown) => void;
  readonly settleMs?: number;
  readonly sweepMs?: number;
};

type Database = Awaited<ReturnType<typeof open<CountryResponse>>>;

const SETTLE_MS = 500;
const SWEEP_MS = 10_000;
/** Looked up before a file counts: one that is damaged in its tree or its data shows itself here. */
const PROBES = ['1.1.1.1', '8.8.8.8', '192.0.2.1', '2001:4860:4860::8888'];

/** A MaxMind database file, followed through its updates while the server runs. */
export class CountryFile {
  readonly #options: CountryFileOptions;
  #database: Database;
  #stopWatching: () => Promise<void> = async () => undefined;

  private constructor(options: CountryFileOptions, database: Database) {
    this.#options = options;
    this.#database = database;
  }

  /** Throws when the file can't be used. */
  static async open(options: CountryFileOptions): Promise<CountryFile> {
    const self = new CountryFile(options, await load(options.file));
    self.#stopWatching = await watchFiles({
      files: [options.file],
      settleMs: options.settleMs ?? SETTLE_MS,
      sweepMs: options.sweepMs ?? SWEEP_MS,
      onChange: () => self.#reload(),
    });
    return self;
  }

  get(address: string): CountryResponse | null {
    return this.#database.get(address);
  }

  close(): Promise<void> {
    return this.#stopWatching();
  }

  async #reload(): Promise<void> {
    try {
      this.#database = await load(this.#options.file);
    } catch (error) {
      this.#options.onRefused(error);
      return;
    }
    this.#options.onLoaded();
  }
}

async function load(file: string): Promise<Database> {
  const database = await open<CountryResponse>(file);
  for (const address of PROBES) database.get(address);
  return database;
}
