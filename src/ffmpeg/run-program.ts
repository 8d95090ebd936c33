import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { failureOf } from './failure-words.ts';
import { MediaError } from './media-error.ts';
import { diesWithParent, passedEnvironment, withoutNetwork } from './process-start.ts';
import { limitedBy, overrunOf, type RunLimits, tooMuchOutput, tooSlow } from './run-limits.ts';

export type ProgramRun = {
  /** The program, and what must stand before its arguments. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly limits: RunLimits;
  /** Where it works, and what it writes to; undefined for what writes nothing. */
  readonly folder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Only for what reads addresses: all else has no network at all, where the kernel lets us take it. */
  readonly allowsNetwork?: boolean | undefined;
  readonly onOutput?: (text: string) => void;
  /** All it says on stderr, in pieces. */
  readonly onSaid?: (text: string) => void;
};

/** Enough for the last words. */
const KEPT_CHARACTERS = 4000;
const LOOK_EVERY_MS = 500;
/** The signal may be ignored, or be that of a child. */
const TOO_LARGE = /File too large|File size limit exceeded/;
const NOT_WRITTEN = /^.*(No space left on device|Disk quota exceeded|Error writing trailer|Read-only file system).*$/m;

/**
 * Runs FFmpeg or FFprobe to its end, within its limits and below the priority of what is live. Throws MediaError, or the
 * reason of the signal.
 *
 *     prlimit - unshare --net - setpriv --pdeathsig KILL - ffmpeg       in a process group of its own
 */
export async function runProgram(run: ProgramRun): Promise<void> {
  const { signal, limits } = run;
  signal?.throwIfAborted();
  const child = start(run);
  const said = lastWordsOf(child, run.onSaid);
  const end = endOf(child);
  let failure: unknown;
  const stop = (reason: unknown) => {
    failure ??= reason;
    killGroup(child);
    // Who left the group has the pipes still; nobody waits for that.
    for (const pipe of [child.stdout, child.stderr]) pipe?.destroy();
  };
  const aborted = () => stop(signal?.reason);
  signal?.addEventListener('abort', aborted, { once: true });
  const timer = setTimeout(() => stop(tooSlow(limits.timeMs)), limits.timeMs);
  const stopLooking = lookAt(child, run, stop);
  try {
    await end;
  } finally {
    clearTimeout(timer);
    stopLooking();
    signal?.removeEventListener('abort', aborted);
    killGroup(child);
  }
  if (failure !== undefined) throw failure;
  // Some muxers, HLS among them, end well when the disk is full.
  const unwritten = said.unwritten();
  if (child.exitCode === 0 && unwritten === undefined) return;
  if (child.signalCode === 'SIGXFSZ' || TOO_LARGE.test(said.last())) throw tooMuchOutput(limits.outputBytes);
  if (child.signalCode === 'SIGKILL') throw wasKilled();
  throw failureOf(unwritten ?? said.last(), `ended with ${child.signalCode ?? child.exitCode}`);
}

function start({ command, args, limits, folder, allowsNetwork = false, onOutput }: ProgramRun): ChildProcess {
  const before = [...limitedBy(limits), ...(allowsNetwork ? [] : withoutNetwork()), ...diesWithParent()];
  const [program = '', ...rest] = [...before, ...command, ...args];
  const stdio = ['ignore', onOutput ? 'pipe' : 'ignore', 'pipe'] as const;
  const child = spawn(program, rest, { stdio: [...stdio], detached: true, env: passedEnvironment(), cwd: folder });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
  // Files may wait; what is live may not.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  return child;
}

function lookAt({ pid }: ChildProcess, { folder, limits }: ProgramRun, stop: (reason: unknown) => void): () => void {
  if (pid === undefined) return () => undefined;
  let isLooking = false;
  const looking = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void overrunOf(pid, folder, limits)
      .then((overrun) => overrun && stop(overrun))
      .finally(() => {
        isLooking = false;
      });
  }, LOOK_EVERY_MS);
  return () => clearInterval(looking);
}

type Said = { readonly last: () => string; readonly unwritten: () => string | undefined };

/** What it said last, and what could not be written, whenever it said so. */
function lastWordsOf({ stderr }: ChildProcess, onSaid: ((text: string) => void) | undefined): Said {
  let said = '';
  let unwritten: string | undefined;
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT_CHARACTERS);
    unwritten ??= NOT_WRITTEN.exec(said)?.[0];
    onSaid?.(text);
  });
  return { last: () => said.trim(), unwritten: () => unwritten };
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(notStarted(error)));
    child.once('close', () => resolve());
  });
}

/** All that it has started goes, too, which may have outlived it. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

function notStarted(cause: Error): MediaError {
  const remedy = 'Install FFmpeg, or say in ffmpegPath where it is.';
  return new MediaError('FFMPEG_MISSING', `FFmpeg could not be started: ${cause.message}`, remedy, {
    isFinal: false,
    cause,
  });
}

function wasKilled(): MediaError {
  const remedy = 'Look whether the machine ran out of memory (dmesg); it is tried again.';
  return new MediaError('FFMPEG_KILLED', 'FFmpeg was killed from outside', remedy, { isFinal: false });
}
