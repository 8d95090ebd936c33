import { CommanderError } from 'commander';
import { makeProgram } from './program.ts';

/** Runs one command line; gives the exit code: 0 well, 1 not well, 2 a wrong command line or configuration. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) return printVersion();
  // The server starts it so; it is nothing for people.
  if (args[0] === 'playback-worker' && process.send) return playbackWorker();
  let exitCode = 0;
  const program = makeProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and usage errors have been printed already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { errorText, exitCodeOf } = await import('./error-text.ts');
    process.stderr.write(errorText(error));
    return exitCodeOf(error);
  }
}

async function playbackWorker(): Promise<number> {
  const { runPlaybackWorker } = await import('../app/playback-worker/index.ts');
  return runPlaybackWorker();
}

async function printVersion(): Promise<number> {
  const { VERSION } = await import('../app/index.ts');
  process.stdout.write(`${VERSION}\n`);
  return 0;
}
