import { Command } from 'commander';
import { VERSION } from '../app/index.ts';
import { ConfigError } from '../config/index.ts';
import { serve } from './serve.ts';

/** Runs one command line; gives the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command('headwater').description('A self-hosted live streaming origin').version(VERSION);
  program
    .command('serve')
    .description('run the server')
    .option('--config <file>', 'the configuration file')
    .option('--banner', 'print server, key and addresses once it runs')
    .action(async (options) => {
      exitCode = await serve(options);
    });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  return exitCode;
}
