import { open, readFile, rename } from 'node:fs/promises';
import { decodeIndexLine, encodeIndexLine, type IndexLine } from './index-line.ts';

/** Lines parsed before others get their turn. */
const LINES_AT_ONCE = 2000;

/** A day's index on disk. One call at a time. */
export class IndexFile {
  readonly #file: string;
  #length = 0;
  #isSound = true;

  constructor(file: string) {
    this.#file = file;
  }

  /** Whether lines can be appended as it is; where not, it must be replaced first. */
  get isSound(): boolean {
    return this.#isSound;
  }

  /** Hands over every line that is whole; those that are damaged are passed over. No file is no line. */
  async read(take: (line: IndexLine) => void): Promise<void> {
    const text = await readFile(this.#file, 'utf8').catch(ifAbsent);
    let at = 0;
    let torn: number | undefined;
    for (let count = 1; at < text.length; count++) {
      const end = text.indexOf('\n', at);
      const line = end < 0 ? undefined : decodeIndexLine(text.slice(at, end));
      if (line) take(line);
      // Only what nothing whole follows is a torn end, over which the next line may be written.
      if (line && torn !== undefined) this.#isSound = false;
      if (!line) torn ??= at;
      if (end < 0) break;
      at = end + 1;
      if (count % LINES_AT_ONCE === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#length = Buffer.byteLength(torn === undefined ? text : text.slice(0, torn));
  }

  /** All of it or nothing; the lines are on the disk where `isDurable`. */
  async append(lines: readonly IndexLine[], isDurable = false): Promise<void> {
    const bytes = Buffer.from(lines.map(encodeIndexLine).join(''));
    const handle = await open(this.#file, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return open(this.#file, 'w+');
    });
    try {
      const { bytesWritten } = await handle.write(bytes, 0, bytes.length, this.#length);
      if (bytesWritten < bytes.length) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
      // What a torn end left behind must not follow.
      await handle.truncate(this.#length + bytes.length);
      if (isDurable) await handle.datasync();
      this.#length += bytes.length;
    } catch (error) {
      await handle.truncate(this.#length).catch(() => undefined);
      throw error;
    } finally {
      await handle.close();
    }
  }

  /** These lines take the place of all. */
  async replace(lines: readonly IndexLine[]): Promise<void> {
    const bytes = Buffer.from(lines.map(encodeIndexLine).join(''));
    const handle = await open(`${this.#file}.new`, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(`${this.#file}.new`, this.#file);
    this.#length = bytes.length;
    this.#isSound = true;
  }
}

/** A file that can't be read is not one that is not there. */
function ifAbsent(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}
