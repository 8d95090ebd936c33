import { spawn } from 'node:child_process';

/** How a program ended; `output` is what it said on both streams, the last 8 kB of it. */
export interface RunResult {
  readonly code: number | undefined;
  readonly output: string;
}

/** The account a program runs under; undefined is our own. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** What `run` and `spawn` need beside the arguments. */
export interface RunOptions {
  readonly cwd?: string;
  readonly account?: Account | undefined;
  readonly signal?: AbortSignal;
}

/** Runs a program to its end; one that cannot be started has no code. */
export function run(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [file = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      ...options.account,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      env: postgresEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-8192);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => resolve({ code: undefined, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? undefined, output: output.trim() }));
  });
}

/** Ours without PG* (which would redirect the server's programs), in English and UTC. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG|NODE_)/.test(name));
  return { ...Object.fromEntries(inherited), LC_ALL: 'C', TZ: 'UTC' };
}
