import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { type FfmpegProgress, ProgressReader, passedEnvironment } from '../ffmpeg/index.ts';

export type FfmpegProcessOptions = {
  /** The program and what starts it: `['setpriv', '--pdeathsig', 'KILL', '/usr/bin/ffmpeg']`. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly outputs: number;
  /** Where files without a folder in the arguments are. */
  readonly folder?: string | undefined;
  readonly onOutput: (index: number, bytes: Uint8Array) => void;
  readonly onProgress: (progress: FfmpegProgress) => void;
  /** Every pipe is closed and the process is gone. Called once. */
  readonly onExit: (exit: FfmpegExit) => void;
};

export type FfmpegExit = { readonly reason: string; readonly wasWished: boolean };

/** Enough for the last words. */
const KEPT_CHARACTERS = 2000;

/**
 * One run of FFmpeg in a process group of its own.
 *
 *     source -> stdin   [ ffmpeg ]   stdout -> progress, stderr -> last words, 3 4 5 ... -> rungs
 */
export class FfmpegProcess {
  readonly #child: ChildProcess;
  readonly #options: FfmpegProcessOptions;
  #said = '';
  readonly #progress: ProgressReader;
  #spawnError: Error | undefined;
  #wasWished = false;

  constructor(options: FfmpegProcessOptions) {
    this.#options = options;
    this.#progress = new ProgressReader(options.onProgress);
    const [program = '', ...before] = options.command;
    const stdio = Array.from({ length: 3 + options.outputs }, () => 'pipe' as const);
    const env = passedEnvironment();
    this.#child = spawn(program, [...before, ...options.args], { stdio, detached: true, env, cwd: options.folder });
    this.#listen();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Its errors are those of the process, which says so by its exit. */
  get stdin(): Writable {
    return this.#child.stdin as Writable;
  }

  /** What it said last on stderr. */
  get said(): string {
    return this.#said.trim().split('\n').slice(-3).join('; ');
  }

  /** No more comes in; what is in goes out. */
  finish(): void {
    this.#wasWished = true;
    this.stdin.end();
  }

  /** Ends it and whatever it started. */
  kill(wasWished = true): void {
    this.#wasWished = wasWished;
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      this.#child.kill('SIGKILL');
    }
  }

  #listen(): void {
    const child = this.#child;
    child.on('error', (error) => {
      this.#spawnError = error;
      if (child.pid === undefined) this.#exited(null, null);
    });
    child.on('close', (code, signal) => this.#exited(code, signal));
    const [stdin, stdout, stderr, ...outputs] = child.stdio as [Writable, Readable, Readable, ...Readable[]];
    stdin.on('error', () => {});
    stdout.setEncoding('utf8').on('data', (text: string) => this.#progress.push(text));
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-KEPT_CHARACTERS);
    });
    for (const [index, output] of outputs.entries()) {
      output.on('error', () => {});
      output.on('data', (bytes: Uint8Array) => this.#options.onOutput(index, bytes));
    }
  }

  #isOver = false;

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.stdin?.destroy();
    const how = this.#spawnError?.message ?? (signal ? `ended by ${signal}` : `ended with code ${code}`);
    const words = this.said;
    this.#options.onExit({ reason: words === '' ? how : `${how}: ${words}`, wasWished: this.#wasWished });
  }
}
