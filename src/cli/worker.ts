import { type RunningWorker, startWorker } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { createLogger } from '../log/index.ts';
import { CliError } from './installation/index.ts';
import { untilSignal } from './serve.ts';
import { secondsFromNow } from './times.ts';

export type WorkerCommandOptions = { readonly config?: string; readonly concurrency?: string; readonly grace: string };

/** Works steps of jobs until it is told to stop; gives the exit code. */
export async function work(options: WorkerCommandOptions): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const { databaseUrl } = config;
  if (databaseUrl === null) {
    const remedy = 'Set DATABASE_URL (or databaseUrl) to that of the server, and give it the same storages.';
    throw new CliError('a worker shares the database of its server, and none is named', remedy, { exitCode: 2 });
  }
  const concurrency = options.concurrency === undefined ? undefined : concurrencyOf(options.concurrency);
  const log = createLogger({ level: config.log.level });
  const toldToStop = untilSignal();
  const worker: RunningWorker = await startWorker(config, log, {
    ...{ databaseUrl, concurrency, graceMs: 1000 * Math.max(0, secondsFromNow(options.grace, Date.now())) },
  });
  const signal = await toldToStop;
  log.info({ signal }, 'worker stops');
  await worker.close();
  return 0;
}

function concurrencyOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 1000) return number;
  throw new CliError(`--concurrency ${text} is no number of steps`, 'Give one from 1 to 1000.', { exitCode: 2 });
}
