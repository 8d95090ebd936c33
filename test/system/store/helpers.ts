import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Logger, OutboxEntry, OutboxKind } from '../../../src/store/index.ts';
import { freePort } from '../../support/free-port.ts';

/** A log that keeps what was said. */
export type MemoryLog = Required<Logger> & {
  readonly lines: { fields: object; message: string }[];
  debug(fields: object, message: string): void;
  child(fields: object): MemoryLog;
};

export function memoryLog(): MemoryLog {
  const lines: { fields: object; message: string }[] = [];
  const take = (fields: object, message: string) => void lines.push({ fields, message });
  const log: MemoryLog = { lines, debug: take, info: take, warn: take, error: take, child: () => log };
  return log;
}

/** A folder of its own under /tmp. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'headwater-store-'));
}

/** An entry with the fields that don't matter filled in. */
export function entry(fields: Partial<OutboxEntry> & { kind?: OutboxKind } = {}): OutboxEntry {
  return {
    id: randomUUID(),
    kind: 'publish',
    sessionId: randomUUID(),
    domain: 'play.example.com',
    ingestDomain: 'push.example.com',
    app: 'live',
    stream: 'demo',
    atMs: 1_763_660_000_000,
    data: {},
    endpointIds: ['hook'],
    ...fields,
  };
}

/** A PostgreSQL of the operating system on a free port, started and stopped with pg_ctl as the user postgres. */
export interface SystemPostgres {
  readonly url: string;
  start(): void;
  stop(): void;
  /** As a machine that goes dark: SIGKILL to its first process, whose others end by themselves. */
  kill(): void;
  remove(): void;
}

/**
 * Makes one; it is running. `env` is for its programs: a clock of its own, say. `at`: `network` are the addresses that may reach it,
 * `host` is its own among them.
 */
export async function startSystemPostgres(
  env: NodeJS.ProcessEnv = {},
  at?: { host: string; network: string },
): Promise<SystemPostgres> {
  const folder = temporaryFolder();
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  const account = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  const port = await freePort();
  const pgCtl = (...args: string[]) =>
    execFileSync('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), ...args], {
      ...account,
      env: { ...process.env, ...env },
      cwd: '/',
      stdio: 'ignore',
    });
  pgCtl('initdb', '-o', '-U postgres -A trust --no-sync');
  if (at) appendFileSync(join(data, 'pg_hba.conf'), `host all all ${at.network} trust\n`);
  const host = at?.host ?? '127.0.0.1';
  const start = () => pgCtl('start', '-o', `-p ${port} -c listen_addresses=${host} -k ${folder}`);
  const stop = () => pgCtl('stop', '-m', 'immediate');
  start();
  return {
    url: `postgres://postgres@${host}:${port}/postgres`,
    start,
    stop,
    kill: () => {
      process.kill(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
    },
    remove: () => {
      try {
        stop();
      } catch {
        // A test may have left it stopped.
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A node process of ours running `worker.ts` with a job; its lines are JSON. */
export function startProcess(job: object): { child: ChildProcess; nextLine(): Promise<Record<string, unknown>> } {
  const file = new URL('./worker.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', file, JSON.stringify(job)], {
    cwd: new URL('../../..', import.meta.url).pathname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    nextLine: async () => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error('the process ended');
      return JSON.parse(value) as Record<string, unknown>;
    },
  };
}

/** Asks again until it is so; the test's own timeout is the bound. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Kills without mercy and waits for the end. */
export async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** An empty folder below a new temporary one, as a data directory. */
export function dataFolder(): { path: string; remove(): void } {
  const folder = temporaryFolder();
  const path = join(folder, 'data');
  mkdirSync(path);
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
