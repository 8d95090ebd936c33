import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** So many are kept beside those that are just fetched. */
const MOST = 2;
const IDLE_MS = 60_000;

type Kept = { readonly file: string; readonly fetched: Promise<void>; idle?: NodeJS.Timeout };

/**
 * Inputs that were fetched a moment ago: the pieces of one film, and its outputs, are made of one copy. Each user has a
 * link of its own to the file, which nobody writes to, so that what is forgotten here stays with whoever uses it.
 */
export class KeptInputs {
  readonly #folder: string;
  readonly #kept = new Map<string, Kept>();
  #count = 0;

  /** On the disk that inputs are used on. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Puts what `fetch` brings for this key to `path`. Throws what it throws, or the reason of the signal. */
  async bring(key: string, path: string, fetch: (file: string) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (;;) {
      const others = this.#kept.get(key);
      const kept = others ?? this.#begin(key, fetch);
      try {
        await orAborted(kept.fetched, signal);
        await giveTo(kept.file, path);
        this.#rest(key, kept);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (others === undefined) throw error;
        // Whoever fetched it was broken off, or has failed.
        if (this.#kept.get(key) === others) this.#forget(key);
      }
    }
  }

  async close(): Promise<void> {
    for (const key of [...this.#kept.keys()]) this.#forget(key);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #begin(key: string, fetch: (file: string) => Promise<void>): Kept {
    const file = join(this.#folder, String(this.#count++));
    const fetched = mkdir(this.#folder, { recursive: true, mode: 0o700 }).then(() => fetch(file));
    const kept: Kept = { file, fetched };
    this.#kept.set(key, kept);
    fetched.then(
      () => this.#forgetOldest(),
      () => this.#kept.get(key) === kept && this.#forget(key),
    );
    return kept;
  }

  #rest(key: string, kept: Kept): void {
    clearTimeout(kept.idle);
    kept.idle = setTimeout(() => this.#kept.get(key) === kept && this.#forget(key), IDLE_MS).unref();
    // The last to be used is the last to go.
    if (this.#kept.delete(key)) this.#kept.set(key, kept);
  }

  #forgetOldest(): void {
    for (const key of [...this.#kept.keys()].slice(0, -MOST)) this.#forget(key);
  }

  #forget(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    clearTimeout(kept.idle);
    void rm(kept.file, { force: true }).catch(() => undefined);
  }
}

async function giveTo(file: string, path: string): Promise<void> {
  await link(file, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV' && error.code !== 'EPERM') throw error;
    return copyFile(file, path);
  });
}

/** What comes of it, or the reason of the signal. */
async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  await Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', abort));
}
