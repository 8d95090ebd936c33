import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Logger, readFileIfPresent, rootMessage, StoreError, writeFileAtomic } from '../base/index.ts';

const FILE_NAME = 'high-water-marks.json';
const DAY_MS = 24 * 3600 * 1000;
const KEEP_MS = 30 * DAY_MS;
const DELAY_MS = 100;
const RETRY_MS = 2_000;
// The file runs ahead of what is in use, so that not every raise is a write and a crash never leaves it behind.
const AHEAD = 64;
const RENEW_WITHIN = 32;

const Content = z.object({
  version: z.literal(1),
  marks: z.record(z.string(), z.object({ value: z.number(), usedAtMs: z.number() })),
});

interface Mark {
  value: number;
  reserved: number;
  usedAtMs: number;
}

interface Clock {
  readonly now?: () => number;
  readonly log?: Logger;
}

/** Numbers by name that only rise, over kill -9 too (then by up to 64 too high); unused ones go after 30 days. */
export class HighWaterMarks {
  readonly #path: string;
  readonly #now: () => number;
  readonly #log: Logger | undefined;
  readonly #marks: Map<string, Mark>;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(path: string, marks: Map<string, Mark>, options: Clock) {
    this.#path = path;
    this.#marks = marks;
    this.#now = options.now ?? Date.now;
    this.#log = options.log;
  }

  /** Reads the file in `dataDir`, which is made where missing. */
  static async open(dataDir: string, options: Clock = {}): Promise<HighWaterMarks> {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const path = join(dataDir, FILE_NAME);
    const oldest = (options.now ?? Date.now)() - KEEP_MS;
    const marks = new Map<string, Mark>();
    for (const [key, { value, usedAtMs }] of Object.entries(parse(path, await readFileIfPresent(path)))) {
      if (usedAtMs >= oldest) marks.set(key, { value, reserved: value, usedAtMs });
    }
    return new HighWaterMarks(path, marks, options);
  }

  /** The highest number raised to; after a crash possibly higher, never lower. */
  get(key: string): number | undefined {
    return this.#marks.get(key)?.value;
  }

  /** Raises a number; a lower value changes nothing. The disk follows within 100 ms, or at `flush`. */
  raise(key: string, value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError('a high-water mark is a safe integer');
    const mark = this.#marks.get(key) ?? { value, reserved: Number.NEGATIVE_INFINITY, usedAtMs: 0 };
    this.#marks.set(key, mark);
    mark.value = Math.max(mark.value, value);
    const isStale = this.#now() - mark.usedAtMs > DAY_MS;
    if (mark.value + RENEW_WITHIN > mark.reserved || isStale) {
      mark.usedAtMs = this.#now();
      mark.reserved = mark.value + AHEAD;
      this.#schedule(DELAY_MS);
    }
  }

  /** Resolves when everything raised so far is on disk. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#save((mark) => mark.reserved);
  }

  /** Saves the exact numbers. */
  async close(): Promise<void> {
    if (this.#isClosed) return this.#saving;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    return this.#save((mark) => mark.value);
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#save((mark) => mark.reserved).catch((error: unknown) => {
        this.#log?.error({ file: this.#path, reason: rootMessage(error) }, 'high-water marks cannot be saved');
        this.#schedule(RETRY_MS);
      });
    }, delayMs);
    this.#timer.unref();
  }

  #save(number: (mark: Mark) => number): Promise<void> {
    const saved = this.#saving.then(() => {
      const marks: Record<string, { value: number; usedAtMs: number }> = {};
      const oldest = this.#now() - KEEP_MS;
      for (const [key, mark] of this.#marks) {
        if (mark.usedAtMs >= oldest) marks[key] = { value: number(mark), usedAtMs: mark.usedAtMs };
      }
      return writeFileAtomic(this.#path, JSON.stringify({ version: 1, marks }));
    });
    this.#saving = saved.catch(() => undefined);
    return saved;
  }
}

function parse(path: string, text: string | undefined): z.infer<typeof Content>['marks'] {
  if (text === undefined) return {};
  try {
    return Content.parse(JSON.parse(text)).marks;
  } catch (error) {
    throw new StoreError(
      'FILE_MALFORMED',
      `${path} cannot be read`,
      'Restore the file from a backup, or remove it: media sequence numbers then begin at the seconds since 2025.',
      error,
    );
  }
}
