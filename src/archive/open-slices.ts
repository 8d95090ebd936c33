import { close, open, read } from 'node:fs';

type OpenFile = {
  readonly descriptor: Promise<number | undefined>;
  /** Reads that are under way. */
  users: number;
  /** It was read since the last sweep. */
  isFresh: boolean;
};

/** Each viewer of the past goes on in its slice for as long as one lasts. */
const MOST_OPEN = 1024;
const SWEEP_MS = 5000;

/**
 * Slices that are read, kept open for those who go on with the next segment: a file that is opened for each costs more
 * than its bytes do. One that nobody read for five to ten seconds is closed, and until then keeps its place on the disk
 * although it is deleted.
 */
export class OpenSlices {
  readonly #files = new Map<string, OpenFile>();
  readonly #mostOpen: number;
  #sweeping: NodeJS.Timeout | undefined;

  constructor(mostOpen = MOST_OPEN) {
    this.#mostOpen = mostOpen;
  }

  get count(): number {
    return this.#files.size;
  }

  /** Reads into the beginning of the memory; gives how much there was. Undefined where there is no such file. */
  async read(path: string, memory: Uint8Array, offset: number, sizeBytes: number): Promise<number | undefined> {
    const file = this.#opened(path);
    file.isFresh = true;
    file.users++;
    try {
      const descriptor = await file.descriptor;
      if (descriptor === undefined) return undefined;
      return await readInto(descriptor, memory, offset, sizeBytes);
    } finally {
      file.users--;
      if (this.#files.get(path) !== file) closeUnused(file);
    }
  }

  /** The next one who reads it opens it anew; it is closed once nobody reads it any more. */
  forget(path: string): void {
    const file = this.#files.get(path);
    this.#files.delete(path);
    if (file) closeUnused(file);
  }

  close(): void {
    for (const path of [...this.#files.keys()]) this.forget(path);
    clearInterval(this.#sweeping);
    this.#sweeping = undefined;
  }

  #opened(path: string): OpenFile {
    const known = this.#files.get(path);
    if (!known) return this.#open(path);
    this.#files.delete(path);
    this.#files.set(path, known);
    return known;
  }

  #open(path: string): OpenFile {
    const file: OpenFile = { descriptor: openToRead(path), users: 0, isFresh: true };
    this.#files.set(path, file);
    const notThere = () => {
      if (this.#files.get(path) === file) this.#files.delete(path);
    };
    file.descriptor.then((descriptor) => descriptor === undefined && notThere(), notThere);
    const [oldest] = this.#files.keys();
    if (this.#files.size > this.#mostOpen && oldest !== undefined) this.forget(oldest);
    this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    return file;
  }

  #sweep(): void {
    for (const [path, file] of this.#files) {
      if (file.isFresh || file.users > 0) file.isFresh = false;
      else this.forget(path);
    }
    if (this.#files.size === 0) this.close();
  }
}

function closeUnused(file: OpenFile): void {
  if (file.users > 0) return;
  file.descriptor.then(
    (descriptor) => descriptor !== undefined && close(descriptor, () => {}),
    () => {},
  );
}

/** A file that cannot be opened is not one that is not there. */
function openToRead(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    open(path, 'r', (error, descriptor) => {
      if (error && error.code !== 'ENOENT') reject(error);
      else resolve(error ? undefined : descriptor);
    });
  });
}

function readInto(descriptor: number, memory: Uint8Array, offset: number, sizeBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, memory, 0, sizeBytes, offset, (error, bytesRead) => (error ? reject(error) : resolve(bytesRead)));
  });
}
