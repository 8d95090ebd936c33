import { CliError } from './installation/index.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90` (seconds), `15m`, `1h`, `2d` in milliseconds; undefined for other text. */
export function durationMs(text: string): number | undefined {
  const [, count, unit = 's'] = /^(-?\d+(?:\.\d+)?)([smhd])?$/.exec(text.trim()) ?? [];
  return count === undefined ? undefined : Number(count) * (UNIT_MS[unit] ?? 0);
}

/** An ISO date, or undefined. A date without a time zone is this machine's. */
export function dateMs(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}/.test(text.trim())) return undefined;
  const ms = Date.parse(text.trim());
  return Number.isNaN(ms) ? undefined : ms;
}

/** How many seconds from now: `3600`, `1h` or an ISO date. */
export function secondsFromNow(text: string, nowMs: number): number {
  const date = dateMs(text);
  const ms = date === undefined ? durationMs(text) : date - nowMs;
  if (ms !== undefined) return Math.round(ms / 1000);
  const remedy = 'Give seconds (3600), a duration (1h) or an ISO date (2030-01-31T18:00:00Z).';
  throw new CliError(`${text} is no time`, remedy, { exitCode: 2 });
}

/** The moment that many ago, or the ISO date itself. */
export function momentMs(text: string, nowMs: number): number {
  const duration = durationMs(text);
  const ms = duration === undefined ? dateMs(text) : nowMs - duration;
  if (ms !== undefined) return ms;
  const remedy = 'Give how long ago (90s, 15m, 1h, 2d) or an ISO date (2030-01-31T18:00:00Z).';
  throw new CliError(`${text} is no time`, remedy, { exitCode: 2 });
}
