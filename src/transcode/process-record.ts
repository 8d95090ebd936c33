import { readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Entry = { readonly pid: number; readonly startTicks: string };

const FILE = 'ffmpeg-processes.json';

/**
 * Which processes of ours run, by process id and start time, so that the next start of the server can end those that a
 * kill -9 left behind.
 */
export class ProcessRecord {
  readonly #file: string;
  readonly #onError: (error: unknown) => void;
  #written = '[]';
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, onError: (error: unknown) => void) {
    this.#file = file;
    this.#onError = onError;
  }

  /** Ends what was left behind; says how many there were. */
  static async open(
    dataDir: string,
    onError: (error: unknown) => void,
  ): Promise<{ readonly record: ProcessRecord; readonly ended: number }> {
    const file = join(dataDir, FILE);
    const left = (await readEntries(file)).filter(({ pid, startTicks }) => startTicksOf(pid) === startTicks);
    for (const { pid } of left) endGroup(pid);
    const record = new ProcessRecord(file, onError);
    record.#written = '';
    record.set([]);
    await record.#writing;
    return { record, ended: left.length };
  }

  /** These run now. */
  set(pids: readonly number[]): void {
    const entries = pids.flatMap((pid) => {
      const startTicks = startTicksOf(pid);
      return startTicks === undefined ? [] : [{ pid, startTicks }];
    });
    const text = JSON.stringify(entries);
    if (text === this.#written) return;
    this.#written = text;
    this.#writing = this.#writing.then(() => this.#write(text)).catch(this.#onError);
  }

  /** Everything said so far is on the disk. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(text: string): Promise<void> {
    await writeFile(`${this.#file}.new`, text, { mode: 0o600 });
    await rename(`${this.#file}.new`, this.#file);
  }
}

/** When a process began, in the kernel's ticks; undefined where there is none, or no /proc to ask. */
export function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, and may itself have blanks and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

async function readEntries(file: string): Promise<Entry[]> {
  try {
    const entries: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Array.isArray(entries) ? entries.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is Entry {
  const entry = value as Partial<Entry> | null;
  return Number.isSafeInteger(entry?.pid) && Number(entry?.pid) > 1 && typeof entry?.startTicks === 'string';
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in the meantime.
  }
}
