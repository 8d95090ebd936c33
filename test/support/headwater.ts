import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { RulesInput } from '../../src/rules/index.ts';
import { type Child, start } from './child.ts';
import { HEADWATER } from './entry.ts';
import { giveDatabase } from './made-database.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

export type Ports = {
  readonly rtmpPort: number;
  readonly playbackPort: number;
  readonly controlPort: number;
  readonly uploadPort: number;
};

export type Secrets = { readonly adminPassword: string; readonly pushKey: string; readonly streamKey: string };

export type HeadwaterOptions = {
  /** Written to a rules file that the server watches. Without it, the rules of a first start. */
  readonly rules?: RulesInput;
  readonly env?: NodeJS.ProcessEnv;
  /** A data directory that outlives the server; without it one that is removed with it. */
  readonly dataDir?: string;
  /** The machine of a network that it runs on; this one's loopback interface without it. */
  readonly machine?: {
    readonly address: string;
    command(command: string, args: readonly string[]): [string, string[]];
  };
};

/** A running server of this checkout, on free ports of the loopback interface. */
export type Headwater = Ports & {
  readonly child: Child;
  readonly dataDir: string;
  readonly secrets: Secrets;
  /** `rtmp://127.0.0.1:port`, or the address of its machine. */
  readonly rtmp: string;
  /** `http://127.0.0.1:port`, or the address of its machine. */
  readonly playback: string;
  /** A push URL with the lasting stream key. */
  pushUrl(path: string): string;
  /** A JSON answer of the control door's API, logged in. */
  api<T>(path: string, init?: RequestInit): Promise<T>;
  /** The value of a metric; undefined where it has none. */
  metric(name: string): Promise<number | undefined>;
  /** Lines of the log, parsed. */
  log(): Record<string, unknown>[];
  setRules(rules: RulesInput): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
};

/** `THROUGH_WORKERS=2 npx vitest run ...` has any test's viewers served by playback workers. */
const throughWorkers = process.env.THROUGH_WORKERS;
const THROUGH_WORKERS = throughWorkers ? { HEADWATER_PLAYBACK_WORKERS: throughWorkers } : {};

/** Starts a server and waits until its doors are open. */
export async function startHeadwater(options: HeadwaterOptions = {}): Promise<Headwater> {
  const home = await tempDir('server');
  const dataDir = options.dataDir ?? join(home.path, 'data');
  const rulesFile = join(home.path, 'rules.yml');
  if (options.rules) await writeFile(rulesFile, stringify(options.rules));
  await rm(join(dataDir, 'ready.json'), { force: true });
  const { DATABASE_URL = '' } = { ...process.env, ...options.env };
  if (DATABASE_URL === '') await giveDatabase(dataDir);
  const { machine } = options;
  const host = machine?.address ?? '127.0.0.1';
  const args = [...HEADWATER, 'serve'];
  const [command, commandArgs] = machine?.command(process.execPath, args) ?? [process.execPath, args];
  const child = start(command, commandArgs, {
    cwd: home.path,
    env: {
      ...process.env,
      HEADWATER_RTMP_HOST: host,
      HEADWATER_PLAYBACK_HOST: host,
      HEADWATER_RTMP_PORT: '0',
      HEADWATER_PLAYBACK_PORT: '0',
      HEADWATER_CONTROL_PORT: '0',
      HEADWATER_UPLOAD_PORT: '0',
      HEADWATER_RTMPS_PORT: '0',
      HEADWATER_PLAYBACK_TLS_PORT: '0',
      HEADWATER_PUBLIC_HOST: host,
      ...(machine ? { HEADWATER_CONTROL_HOST: host } : {}),
      // As scripts/headwater.js has it.
      UV_THREADPOOL_SIZE: '32',
      HEADWATER_SHUTDOWN_DRAIN_SECONDS: '0',
      // The machine that tests run on is as busy as it is.
      HEADWATER_OVERLOAD_CPU_PERCENT: '0',
      HEADWATER_OVERLOAD_EVENT_LOOP_MS: '0',
      HEADWATER_OVERLOAD_MEMORY_PERCENT: '0',
      HEADWATER_OVERLOAD_DISK_FREE_BYTES: '0',
      ...THROUGH_WORKERS,
      HEADWATER_DATA_DIR: dataDir,
      ...(options.rules ? { HEADWATER_RULES_FILE: rulesFile } : {}),
      ...options.env,
    },
  });
  const { ports, secrets } = await untilReady(dataDir, child).catch(async (error) => {
    await child.stop('SIGKILL');
    await home.remove();
    throw error;
  });
  const isReady = () => child.stdout().includes('playback worker ready');
  if (throughWorkers && !options.env?.HEADWATER_PLAYBACK_WORKERS) await until('a worker takes viewers', isReady);
  const rtmp = `rtmp://${host}:${ports.rtmpPort}`;
  const control = `http://${host}:${ports.controlPort}`;
  return {
    ...ports,
    child,
    dataDir,
    secrets,
    rtmp,
    playback: `http://${host}:${ports.playbackPort}`,
    pushUrl: (path) => `${rtmp}/${path}?key=${secrets.streamKey}`,
    async api<T>(path: string, init: RequestInit = {}) {
      const headers = { authorization: `Bearer ${secrets.adminPassword}`, ...init.headers };
      const response = await fetch(`${control}/api/v1${path}`, { ...init, headers });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (response.status === 204 ? undefined : await response.json()) as T;
    },
    async metric(name) {
      const text = await (await fetch(`${control}/metrics`)).text();
      const line = text.split('\n').find((each) => each.startsWith(`${name} `));
      return line === undefined ? undefined : Number(line.slice(name.length + 1));
    },
    log: () =>
      child
        .stdout()
        .split('\n')
        .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : [])),
    setRules: (rules) => writeFile(rulesFile, stringify(rules)),
    async stop(signal) {
      const code = await child.stop(signal);
      await home.remove();
      return code;
    },
  };
}

async function untilReady(
  dataDir: string,
  child: Child,
): Promise<{ readonly ports: Ports; readonly secrets: Secrets }> {
  const ports = await until('the server is ready', () => readJson<Ports>(join(dataDir, 'ready.json'), child), 120_000);
  const secrets = await readJson<Secrets>(join(dataDir, 'secrets.json'), child);
  if (!secrets) throw new Error('the server made no secrets');
  return { ports, secrets };
}

async function readJson<T>(path: string, child: Child): Promise<T | undefined> {
  if (child.process.exitCode !== null) {
    throw new Error(`the server ended: ${child.stderr().slice(-2000)} ${child.stdout().slice(-2000)}`);
  }
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
