import { type Config, loadConfig } from '../config/index.ts';
import {
  bucketDown,
  type Drill,
  dbDown,
  dryBuckets,
  dryDatabase,
  encoderLoss,
  keyRotation,
  reportOf,
  runDrill,
  stepText,
  verdictText,
} from './drill/index.ts';
import { CliError, findRunningServer, type RunningServer } from './installation/index.ts';

export type DrillOptions = {
  readonly json?: boolean;
  readonly tell?: boolean;
  readonly forReal?: boolean;
  readonly config?: string;
};

export const DRILLS = ['encoder-loss', 'key-rotation', 'db-down', 'bucket-down'] as const;
export type DrillName = (typeof DRILLS)[number];

/** Exercises what happens when something fails; 0 where all went as it should, else 1. */
export async function runNamedDrill(name: DrillName, options: DrillOptions): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const work = await workOf(name, config, options);
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error('interrupted'));
  // Again and again: what is taken away at the end must not be cut short.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const startedAtMs = Date.now();
  const onStep = options.json ? () => undefined : (step: Parameters<typeof stepText>[0]) => print(stepText(step));
  const report = reportOf(name, startedAtMs, await runDrill(work, { signal: stopping.signal, onStep }));
  print(options.json ? `${JSON.stringify(report, null, 2)}\n` : verdictText(report));
  return report.passed ? 0 : 1;
}

const print = (text: string) => void process.stdout.write(text);

async function workOf(name: DrillName, config: Config, { tell = false, forReal = false }: DrillOptions) {
  const ffmpeg = config.ffmpegPath ?? process.env.FFMPEG_PATH ?? 'ffmpeg';
  if (forReal && name === 'db-down') return (drill: Drill) => dbDown(drill, { ffmpeg });
  if (forReal && name === 'bucket-down') return (drill: Drill) => bucketDown(drill, { ffmpeg });
  const server = await runningServer(config);
  switch (name) {
    case 'encoder-loss':
      return (drill: Drill) => encoderLoss(drill, server, { ffmpeg, tell });
    case 'key-rotation':
      return (drill: Drill) => keyRotation(drill, server, { ffmpeg });
    case 'db-down':
      return (drill: Drill) => dryDatabase(drill, server, config);
    case 'bucket-down':
      return (drill: Drill) => dryBuckets(drill, server, config);
  }
}

async function runningServer(config: Config): Promise<RunningServer> {
  const server = await findRunningServer(config);
  if (server !== undefined) return server;
  throw new CliError(`no server runs from ${config.dataDir}`, 'Start it with headwater serve, or name its --config.');
}
