import { CliError } from './installation/index.ts';
import { mixOf } from './rehearsal/index.ts';
import { durationMs } from './times.ts';

export type RehearseOptions = {
  readonly viewers: string;
  readonly for: string;
  readonly ramp?: string;
  readonly mix: string;
  readonly maxMbps: string;
  readonly url?: string;
  readonly keyFile?: string;
  readonly json?: boolean;
  readonly config?: string;
};

const MAX_VIEWERS = 20_000;
const MAX_DURATION_MS = 86_400_000;

/** The numbers of a command line; a CliError says which is none. */
export function readOptions(options: RehearseOptions) {
  const viewers = Number(options.viewers);
  if (!Number.isInteger(viewers) || viewers < 1 || viewers > MAX_VIEWERS) {
    throw wrong(
      `--viewers ${options.viewers}`,
      `Give a number from 1 to ${MAX_VIEWERS}; several machines can rehearse at once.`,
    );
  }
  const forMs = durationMs(options.for) ?? Number.NaN;
  if (!(forMs >= 1000 && forMs <= MAX_DURATION_MS)) throw wrong(`--for ${options.for}`, 'Give 1s to 24h, such as 5m.');
  const rampMs = options.ramp === undefined ? Math.min(60_000, forMs / 4) : durationMs(options.ramp);
  if (rampMs === undefined || !(rampMs >= 0 && rampMs < forMs)) {
    throw wrong(`--ramp ${options.ramp}`, 'Give a time shorter than --for, such as 30s.');
  }
  const maxMbps = Number(options.maxMbps);
  if (!(maxMbps > 0)) throw wrong(`--max-mbps ${options.maxMbps}`, 'Give megabits a second, such as 500.');
  const mix = mixOf(options.mix, viewers);
  if (mix === undefined) throw wrong(`--mix ${options.mix}`, 'Name doors and shares: flv=30,hls=20,llhls=50.');
  return { viewers, forMs, rampMs, maxMbps, mix };
}

function wrong(what: string, remedy: string): CliError {
  return new CliError(`${what} is not possible`, remedy, { exitCode: 2 });
}
