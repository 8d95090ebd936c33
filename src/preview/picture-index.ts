import { type FileHandle, open } from 'node:fs/promises';
import { decodePictureLine, type KeptPicture } from './kept-picture.ts';

/** Lines parsed before others get their turn. */
const LINES_AT_ONCE = 2000;

/** The pictures of one day, read from an index that grows meanwhile: each time only what came since. */
export class PictureIndex {
  readonly #file: string;
  #pictures: KeptPicture[] = [];
  #readBytes = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  get rows(): number {
    return this.#pictures.length;
  }

  /** In the order of their times; none where there is no file. */
  pictures(): Promise<readonly KeptPicture[]> {
    const read = this.#turn.then(() => this.#readOn());
    this.#turn = read.catch(() => undefined);
    return read;
  }

  async #readOn(): Promise<readonly KeptPicture[]> {
    const handle = await open(this.#file, 'r').catch(ifAbsent);
    if (!handle) {
      this.#reset();
      return this.#pictures;
    }
    try {
      await this.#readFrom(handle);
    } finally {
      await handle.close();
    }
    return this.#pictures;
  }

  async #readFrom(handle: FileHandle): Promise<void> {
    const { size } = await handle.stat();
    if (size < this.#readBytes) this.#reset();
    if (size === this.#readBytes) return;
    const bytes = Buffer.alloc(size - this.#readBytes);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, this.#readBytes);
    // A line without its end may be on its way.
    const whole = bytes.subarray(0, bytes.lastIndexOf('\n', bytesRead - 1) + 1);
    this.#readBytes += whole.length;
    await this.#take(whole.toString('latin1').split('\n'));
  }

  /** Lines that are damaged are passed over. */
  async #take(lines: readonly string[]): Promise<void> {
    const found: KeptPicture[] = [];
    for (const [count, line] of lines.entries()) {
      const picture = decodePictureLine(line);
      if (picture) found.push(picture);
      if (count % LINES_AT_ONCE === LINES_AT_ONCE - 1) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#pictures = inOrder([...this.#pictures, ...found]);
  }

  #reset(): void {
    this.#readBytes = 0;
    this.#pictures = [];
  }
}

/** They are, unless a clock was set back. */
function inOrder(pictures: KeptPicture[]): KeptPicture[] {
  const isOrdered = pictures.every(({ atWallMs }, index) => atWallMs >= (pictures[index - 1]?.atWallMs ?? 0));
  return isOrdered ? pictures : pictures.sort((a, b) => a.atWallMs - b.atWallMs);
}

function ifAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
