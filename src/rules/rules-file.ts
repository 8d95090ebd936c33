import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { watch } from 'chokidar';
import { LineCounter, parseDocument } from 'yaml';
import type { RuleError } from './compile.ts';

export type FileReading =
  | { readonly ok: true; readonly document: unknown }
  | { readonly ok: false; readonly errors: readonly RuleError[] };

/** YAML or JSON as plain values. An empty text is refused: it may be a file that is just being written. */
export function parseRulesText(text: string): FileReading {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const errors = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    path: `line ${lineCounter.linePos(pos[0]).line}`,
    message: yamlProblem(message),
  }));
  if (errors.length > 0) return { ok: false, errors };
  try {
    const value: unknown = document.toJS();
    if (value !== null && value !== undefined) return { ok: true, document: value };
    return { ok: false, errors: [{ path: '', message: 'the file is empty; write {} to have no rules in it' }] };
  } catch (error) {
    return { ok: false, errors: [{ path: '', message: yamlProblem((error as Error).message) }] };
  }
}

/** What stands behind the colon is text of the file, which may hold keys. */
function yamlProblem(message: string): string {
  return `${message.replace(/(?<=[\w)]): .*$/s, '')}; correct the YAML`;
}

export type RulesFileOptions = {
  readonly file: string;
  /** A file counts as written when nothing happened to it for this long. */
  readonly settleMs?: number;
  /** The file is looked at this often even when the system reports nothing: on network mounts, or when a link of its path is swapped. */
  readonly sweepMs?: number;
  /** Called with every new content, one after the other; must not reject. */
  readonly onReading: (reading: FileReading) => Promise<void> | void;
};

const DEFAULT_SETTLE_MS = 200;
const DEFAULT_SWEEP_MS = 5000;

/** An empty file is told of when it stays so for as many times `settleMs`. */
const SETTLES_OF_EMPTY = 10;
/** chokidar drops changes that follow another within 50 ms, so that each event is looked after once more. */
const SECOND_LOOK_MS = 100;

async function identityOfFile(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(file);
    return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

async function readText(file: string): Promise<{ text: string } | { code: string }> {
  try {
    return { text: await readFile(file, 'utf8') };
  } catch (error) {
    return { code: String((error as NodeJS.ErrnoException).code) };
  }
}

/** Follows one file through in-place edits, renames over it and, with the sweep, swaps of links that lead to it. */
export class RulesFile {
  readonly #file: string;
  readonly #settleMs: number;
  readonly #onReading: RulesFileOptions['onReading'];
  #seen = '';
  #content: string | undefined;
  /** When the file was first found as it is: empty. */
  #emptied: { readonly identity: string; readonly atMs: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #closed = false;
  #stop: () => Promise<void> = async () => undefined;

  private constructor({ file, settleMs, onReading }: RulesFileOptions) {
    this.#file = resolve(file);
    this.#settleMs = settleMs ?? DEFAULT_SETTLE_MS;
    this.#onReading = onReading;
  }

  /** Resolves once the file was read for the first time and is watched. */
  static async open(options: RulesFileOptions): Promise<RulesFile> {
    const self = new RulesFile(options);
    await self.#watch(options.sweepMs ?? DEFAULT_SWEEP_MS);
    self.#work = self.#check();
    await self.#work;
    return self;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#stop();
    await this.#work;
  }

  async #watch(sweepMs: number): Promise<void> {
    const directory = dirname(this.#file);
    const watcher = watch(directory, {
      depth: 0,
      ignoreInitial: true,
      ignored: (path) => resolve(path) !== directory && basename(path) !== basename(this.#file),
    });
    const sweep = setInterval(() => this.#look(), sweepMs).unref();
    this.#stop = async () => {
      clearInterval(sweep);
      await watcher.close();
    };
    watcher.on('all', () => this.#settle());
    watcher.on('error', () => undefined);
    await new Promise<void>((ready) => watcher.once('ready', ready));
  }

  #settle(): void {
    this.#lookIn(this.#settleMs, () => this.#lookIn(SECOND_LOOK_MS));
  }

  #lookIn(delayMs: number, next?: () => void): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      next?.();
      this.#look();
    }, delayMs);
  }

  #look(): void {
    this.#work = this.#work.then(() => this.#check());
  }

  async #check(): Promise<void> {
    const before = await identityOfFile(this.#file);
    if (this.#closed || before === this.#seen) return;
    const read = await readText(this.#file);
    const after = await identityOfFile(this.#file);
    this.#settle();
    if (after !== before) return;
    if (this.#content && 'text' in read && read.text === '' && this.#isBeingWritten(after)) return;
    this.#seen = after;
    const content = 'text' in read ? read.text : `\0${read.code}`;
    if (content === this.#content) return;
    this.#content = content;
    await this.#onReading('text' in read ? parseRulesText(read.text) : unreadable(read.code));
  }

  /** Who writes in place empties the file first, and may be kept from going on. */
  #isBeingWritten(identity: string): boolean {
    const nowMs = performance.now();
    if (this.#emptied?.identity !== identity) this.#emptied = { identity, atMs: nowMs };
    return nowMs - this.#emptied.atMs < this.#settleMs * SETTLES_OF_EMPTY;
  }
}

function unreadable(code: string): FileReading {
  const message = code === 'ENOENT' ? 'there is no such file; the rules it had stay' : `cannot be read (${code})`;
  return { ok: false, errors: [{ path: '', message }] };
}
