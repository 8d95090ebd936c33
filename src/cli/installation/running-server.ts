import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/index.ts';
import { ownerToken } from '../../identity/index.ts';
import { ApiClient } from './api-client.ts';
import { readSecrets } from './installed-secrets.ts';

/** One that is busy runs all the same; one that is gone refuses at once. */
const HEALTH_TIMEOUT_MS = 10_000;

/** The server that runs on this machine from a data directory. */
export type RunningServer = {
  readonly pid: number;
  readonly ports: ServerPorts;
  readonly api: ApiClient;
  /** The administrator's, as it was at the first start. */
  readonly password: string;
};

export type ServerPorts = {
  readonly rtmpPort: number;
  readonly playbackPort: number;
  readonly controlPort: number;
};

/** Finds it by `ready.json`: the process must live and its control door answer. Undefined where none runs. */
export async function findRunningServer(
  config: Pick<Config, 'dataDir' | 'control'>,
): Promise<RunningServer | undefined> {
  const ready = await readReady(config.dataDir);
  if (ready === undefined || !isAlive(ready.pid)) return undefined;
  const baseUrl = controlUrl(config.control.host, ready.ports.controlPort);
  if (!(await answers(baseUrl))) return undefined;
  const { adminPassword: password = '', jwtKey = '' } = (await readSecrets(config.dataDir)) ?? {};
  return { ...ready, password, api: new ApiClient({ baseUrl, bearer: ownerToken(jwtKey) }) };
}

async function readReady(dataDir: string): Promise<{ pid: number; ports: ServerPorts } | undefined> {
  try {
    const { pid, ...ports } = JSON.parse(await readFile(join(dataDir, 'ready.json'), 'utf8'));
    return typeof pid === 'number' && typeof ports.controlPort === 'number' ? { pid, ports } : undefined;
  } catch {
    return undefined;
  }
}

/** Where this machine reaches a door that listens on `host`. */
function controlUrl(host: string, port: number): string {
  if (host === '::' || host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function answers(baseUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${baseUrl}/healthz`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
    return response.ok && (await response.text()).trim() === 'ok';
  } catch {
    return false;
  }
}
