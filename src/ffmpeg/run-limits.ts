import { readdir, readFile, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MediaError } from './media-error.ts';
import { canLimit } from './process-start.ts';

/** What one run may take, whatever it is given. */
export type RunLimits = {
  /** Wall clock. */
  readonly timeMs: number;
  /** All that it writes into its folder. */
  readonly outputBytes: number;
  readonly memoryBytes: number;
  /** Threads and processes. */
  readonly processes: number;
};

/** Of the address space that is no memory: libraries, and what each thread may grow into. */
const RESERVED_BYTES = 2_147_483_648;
const RESERVED_PER_CPU_BYTES = 268_435_456;

/** What makes the kernel hold a process to its limits, where it can: what to start it by. */
export function limitedBy({ outputBytes, memoryBytes }: RunLimits): readonly string[] {
  if (!canLimit()) return [];
  const space = memoryBytes + RESERVED_BYTES + availableParallelism() * RESERVED_PER_CPU_BYTES;
  return ['prlimit', `--fsize=${outputBytes}`, `--as=${space}`, '--core=0'];
}

/** Looks at what a run has taken; an error where that is too much. The kernel bounds neither a folder nor a set of pages. */
export async function overrunOf(
  pid: number,
  folder: string | undefined,
  limits: RunLimits,
): Promise<MediaError | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  if (number('RssAnon') * 1024 > limits.memoryBytes) return tooMuchMemory(limits.memoryBytes);
  if (number('Threads') > limits.processes) return tooManyThreads(limits.processes);
  if (folder !== undefined && (await bytesIn(folder)) > limits.outputBytes) return tooMuchOutput(limits.outputBytes);
  return undefined;
}

/** The bytes of all files below a folder. */
export async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    if (!entry.isFile()) return 0;
    return stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    );
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

export function tooMuchMemory(memoryBytes: number): MediaError {
  const remedy = 'Use a smaller size or a lighter preset, or raise media.limits.memoryBytes.';
  return new MediaError('MEDIA_MEMORY', `processing needs more than ${memoryBytes} bytes of memory`, remedy);
}

export function tooMuchOutput(outputBytes: number): MediaError {
  const remedy = 'Use a lower bitrate or a shorter part, or raise media.limits.outputBytes.';
  return new MediaError('MEDIA_OUTPUT_TOO_LARGE', `more than ${outputBytes} bytes would come out`, remedy);
}

export function tooSlow(timeMs: number): MediaError {
  const remedy = 'Use a lighter preset or a shorter part, or raise media.limits.seconds.';
  return new MediaError('MEDIA_TIMEOUT', `processing was not done within ${Math.round(timeMs / 1000)} s`, remedy);
}

function tooManyThreads(processes: number): MediaError {
  const remedy = 'Give fewer outputs to one run, or raise media.limits.processes.';
  return new MediaError('MEDIA_PROCESSES', `processing started more than ${processes} threads`, remedy);
}
