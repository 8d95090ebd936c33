import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { banner, type RunningApp, startApp } from '../app/index.ts';
import { type Config, loadConfigWithOrigins } from '../config/index.ts';
import { createLogger, type Logger } from '../log/index.ts';
import { StoreError } from '../store/index.ts';
import { errorText } from './error-text.ts';

export type ServeOptions = { readonly config?: string; readonly banner?: boolean };

/** Runs the server until it is told to stop; gives the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const { config, origins } = loadConfigWithOrigins({ file: options.config, env: process.env, cwd: process.cwd() });
  const log = createLogger({ level: config.log.level });
  let app: RunningApp | undefined;
  const toldToStop = untilSignal(() => app?.hurry() === true);
  try {
    app = await startApp(config, log, origins);
    await writeReadyFile(config, app.addresses);
    if (options.banner || process.stderr.isTTY) process.stderr.write(banner(app));
    const signal = await toldToStop;
    log.info({ signal }, 'server stops');
    endInTime(config.shutdown.graceSeconds, log);
    if (signal === 'SIGTERM') await app.drain();
    await app.close();
    return 0;
  } catch (error) {
    endAnyway();
    if (!isForPeople(error)) throw error;
    log.error({ code: error.code }, 'server could not start');
    process.stderr.write(error instanceof StoreError ? errorText(error) : `${error.message}\n`);
    return 1;
  }
}

/** Whatever hangs: who told it to stop will not wait for ever, and kills it without a word. */
function endInTime(graceSeconds: number, log: Logger): void {
  const tooLate = () => {
    log.error({ graceSeconds }, 'server did not end within shutdown.graceSeconds, it ends at once');
    process.exit(1);
  };
  setTimeout(tooLate, graceSeconds * 1000).unref();
}

const LEFT_OPEN_MS = 5000;

/** Whatever a start that failed left open: who started it is to hear that it ended. */
function endAnyway(): void {
  setTimeout(() => process.exit(1), LEFT_OPEN_MS).unref();
}

/** Errors with a code of ours say in their message what to do. */
function isForPeople(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.name !== 'Error';
}

/** For scripts: who runs, and where. Whoever waits for it finds all of it. */
async function writeReadyFile(config: Config, ports: object): Promise<void> {
  const text = JSON.stringify({ pid: process.pid, ...ports });
  const path = join(config.dataDir, 'ready.json');
  await writeFile(`${path}.new`, `${text}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** npm and `timeout` pass on what the whole group was sent already: a second signal so soon is the same one. */
const SAME_SIGNAL_MS = 2000;

/**
 * The first signal; whoever sends another one later does not want to wait.
 *
 * @param hurry makes what is left shorter; where it says that there is nothing to wait for any more, the process ends
 */
export function untilSignal(hurry: () => boolean = () => false): Promise<string> {
  return new Promise((resolve) => {
    let lastMs: number | undefined;
    const take = (signal: string) => {
      const isAnother = lastMs !== undefined && performance.now() - lastMs > SAME_SIGNAL_MS;
      if (isAnother && !hurry()) process.exit(1);
      if (isAnother || lastMs === undefined) lastMs = performance.now();
      resolve(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, take);
  });
}
