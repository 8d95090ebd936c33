import { type FfmpegProgress, ProgressReader } from './progress.ts';
import { type ProgramRun, runProgram } from './run-program.ts';

export type FfmpegRun = Omit<ProgramRun, 'onOutput'> & {
  readonly onProgress?: ((progress: FfmpegProgress) => void) | undefined;
};

const USUAL = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'warning', '-y'];

/** Runs FFmpeg on files to its end, within its limits. Throws MediaError, or the reason of the signal. */
export async function runFfmpeg({ onProgress, args, ...run }: FfmpegRun): Promise<void> {
  if (!onProgress) return runProgram({ ...run, args: [...USUAL, ...args] });
  const reader = new ProgressReader(onProgress);
  const told = ['-stats_period', '0.5', '-progress', 'pipe:1'];
  await runProgram({ ...run, args: [...USUAL, ...told, ...args], onOutput: (text) => reader.push(text) });
}
