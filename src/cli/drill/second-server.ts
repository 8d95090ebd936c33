import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { RulesInput } from '../../rules/index.ts';
import { CliError, findRunningServer, type RunningServer } from '../installation/index.ts';
import { type Drill, untilSeen } from './drill.ts';

const START_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 20_000;
const CONTROL = { host: '127.0.0.1', port: 0 };
/** A machine that is busy with yours takes nothing from what is tried. */
const NO_OVERLOAD = { cpuPercent: 0, eventLoopMs: 0, memoryPercent: 0, diskFreeBytes: 0 };

/** A folder that goes at the end. */
export async function temporaryFolder(drill: Pick<Drill, 'after'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-drill-'));
  drill.after(folder, () => rm(folder, { recursive: true, force: true }));
  // For root the database runs under another account, which must be able to pass.
  await chmod(folder, 0o711);
  return folder;
}

export type SecondServerOptions = {
  readonly folder: string;
  readonly rules: RulesInput;
  readonly config?: object;
  readonly databaseUrl?: string;
};

/** Starts a server of this version beside yours: data, ports and rules of its own, only reached from this machine. */
export async function startSecondServer(drill: Drill, options: SecondServerOptions): Promise<RunningServer> {
  const { folder, rules, config = {}, databaseUrl } = options;
  const dataDir = join(folder, 'data');
  const [rulesFile, configFile] = [join(folder, 'rules.yml'), join(folder, 'config.yml')];
  await writeFile(rulesFile, stringify(rules));
  await writeFile(
    configFile,
    stringify({
      ...{ publicHost: '127.0.0.1', dataDir, recordingsDir: join(folder, 'recordings'), rulesFile },
      ...{ rtmp: CONTROL, playback: CONTROL, control: CONTROL, overload: NO_OVERLOAD, ...config },
    }),
  );
  const [entry = ''] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, entry, 'serve', '--config', configFile], {
    cwd: folder,
    env: { ...foreignEnvironment(), ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) },
    stdio: 'ignore',
    // Ctrl-C is for the drill, which stops it when its turn has come.
    detached: true,
  });
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      hasEnded = true;
      resolve();
    };
    child.once('close', end);
    child.once('error', end);
  });
  drill.after('the second server', async () => {
    child.kill('SIGTERM');
    const last = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(last);
  });
  const remedy = 'Run headwater doctor: a second server must be able to run here.';
  const look = () => {
    if (hasEnded) throw new CliError('the second server did not start', remedy);
    return findRunningServer({ dataDir, control: CONTROL } as Parameters<typeof findRunningServer>[0]);
  };
  const waiting = { withinMs: START_WITHIN_MS, signal: drill.signal, remedy };
  const { value } = await untilSeen('the second server is there', look, waiting);
  if (value === undefined) throw new CliError('the second server is not there', remedy);
  return value;
}

/** Nothing of what your server is told. */
function foreignEnvironment(): NodeJS.ProcessEnv {
  const isYours = (name: string) => name.startsWith('HEADWATER_') || name === 'DATABASE_URL';
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isYours(name)));
}
