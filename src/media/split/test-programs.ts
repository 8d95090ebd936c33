import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ProgramRun, SplitPrograms } from './splitter.ts';

/** FFmpeg and ffprobe as they are installed. */
export const testPrograms: SplitPrograms = {
  ffmpeg: (args, run) => runProgram('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], run, () => undefined),
  ffprobe: (args, run) => runProgram('ffprobe', args, run, run.onLine),
};

export async function runProgram(
  command: string,
  args: readonly string[],
  { folder, signal }: Pick<ProgramRun, 'folder' | 'signal'>,
  onLine: (line: string) => void,
): Promise<void> {
  const child = spawn(command, args, { cwd: folder, ...(signal ? { signal } : {}), stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject));
  for await (const line of createInterface(child.stdout)) onLine(line);
  const code = await ended;
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said}`);
}
