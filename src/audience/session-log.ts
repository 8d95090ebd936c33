import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../log/index.ts';
import { hourAt, hourOf, listSessionFiles, sessionFileName } from './session-files.ts';
import type { SessionRecord } from './session-record.ts';

export type SessionLogOptions = {
  readonly folder: string;
  readonly wallMs: () => number;
  readonly log: Logger;
  readonly onOutcome: (outcome: 'written' | 'dropped', count: number) => void;
  /** What may wait for the disk. */
  readonly mostWaitingBytes?: number;
  /** A file that is larger is closed before its hour is over. */
  readonly mostFileBytes?: number;
};

const FLUSH_MS = 1000;
const MOST_WAITING_BYTES = 8 * 1024 * 1024;
const MOST_LINES_AT_ONCE = 2000;
const MOST_FILE_BYTES = 64 * 1024 * 1024;

type Open = { readonly name: string; readonly handle: FileHandle; sizeBytes: number };

/**
 * Records of viewers' sessions, a line each, in a file for each hour. Adding one costs no wait; what the disk does not
 * take in time is dropped and counted.
 */
export class SessionLog {
  readonly #options: SessionLogOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #waiting: string[] = [];
  #waitingBytes = 0;
  #file: Open | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #isFailing = false;

  constructor(options: SessionLogOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#writeSoon(), FLUSH_MS).unref();
  }

  /** The file that is written to now, which is not to be touched. */
  get openFile(): string | undefined {
    return this.#file?.name;
  }

  add(record: SessionRecord): void {
    const line = `${JSON.stringify(record)}\n`;
    if (this.#waitingBytes + line.length > (this.#options.mostWaitingBytes ?? MOST_WAITING_BYTES)) {
      this.#options.onOutcome('dropped', 1);
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
  }

  /** Resolves once all that was added is on the disk, or could not be written. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#writeSoon();
    await this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    const lost = this.#waiting.length;
    if (lost > 0) this.#options.onOutcome('dropped', lost);
    await this.#closeFile();
  }

  #writeSoon(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#writing = this.#writeAll().finally(() => {
      this.#isWriting = false;
    });
  }

  async #writeAll(): Promise<void> {
    const { log, onOutcome, folder } = this.#options;
    try {
      for (let file = await this.#fileNow(); file; file = await this.#fileNow()) {
        const lines = this.#waiting.slice(0, MOST_LINES_AT_ONCE);
        await append(file, Buffer.from(lines.join('')));
        this.#waiting.splice(0, lines.length);
        for (const line of lines) this.#waitingBytes -= line.length;
        onOutcome('written', lines.length);
        if (this.#isFailing) log.info({ folder }, 'records of sessions can be written again');
        this.#isFailing = false;
      }
    } catch (error) {
      if (!this.#isFailing) log.error({ error, folder }, 'records of sessions could not be written, they wait');
      this.#isFailing = true;
      await this.#closeFile();
    }
  }

  /** Undefined where there is nothing to write. */
  async #fileNow(): Promise<Open | undefined> {
    const hour = hourAt(this.#options.wallMs());
    const { mostFileBytes = MOST_FILE_BYTES } = this.#options;
    const isFull = this.#file !== undefined && this.#file.sizeBytes >= mostFileBytes;
    if (this.#file && (isFull || hourOf(this.#file.name) !== hour)) await this.#closeFile();
    if (this.#waiting.length === 0) return undefined;
    this.#file ??= await this.#openFile(hour, mostFileBytes);
    return this.#file;
  }

  /** Goes on with the last file of the hour, as after a restart, while there is room in it. */
  async #openFile(hour: string, mostFileBytes: number): Promise<Open> {
    const { folder, wallMs } = this.#options;
    const last = (await listSessionFiles(folder)).findLast(({ name }) => hourOf(name) === hour);
    const name = last && last.sizeBytes < mostFileBytes ? last.name : sessionFileName(wallMs());
    const handle = await open(join(folder, name), 'a+', 0o600);
    try {
      const { size } = await handle.stat();
      return { name, handle, sizeBytes: await withoutTornLine(handle, size) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close().catch(() => undefined);
  }
}

/** All of the bytes or none: what a full disk took of them is cut off again. */
async function append(file: Open, bytes: Buffer): Promise<void> {
  try {
    await file.handle.appendFile(bytes);
    file.sizeBytes += bytes.length;
  } catch (error) {
    await file.handle.truncate(file.sizeBytes).catch(() => undefined);
    throw error;
  }
}

/** A crash may have left half a line at the end: the next one begins on its own. */
async function withoutTornLine(handle: FileHandle, sizeBytes: number): Promise<number> {
  if (sizeBytes === 0) return 0;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, sizeBytes - 1);
  if (buffer[0] === 0x0a) return sizeBytes;
  await handle.appendFile('\n');
  return sizeBytes + 1;
}
