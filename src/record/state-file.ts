import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A JSON file that is replaced as a whole; of changes that come while it is written only the last is. */
export class StateFile<T> {
  readonly #file: string;
  #next: { readonly value: T | undefined } | undefined;
  #writing: Promise<void> | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Undefined where there is none, or none that can be read. */
  async read(): Promise<T | undefined> {
    try {
      return JSON.parse(await readFile(this.#file, 'utf8')) as T;
    } catch {
      return undefined;
    }
  }

  /** Resolves when this value, or a later one, is on the disk; undefined removes the file. */
  write(value: T | undefined): Promise<void> {
    this.#next = { value };
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#next; next; next = this.#next) {
      this.#next = undefined;
      if (next.value === undefined) await rm(this.#file, { force: true });
      else await this.#replace(JSON.stringify(next.value));
    }
  }

  async #replace(text: string): Promise<void> {
    const partial = `${this.#file}.new`;
    await mkdir(dirname(this.#file), { recursive: true });
    const handle = await open(partial, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(partial, this.#file);
  }
}
