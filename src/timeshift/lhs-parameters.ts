import { type LhsParameter, type LhsType, lhsMs, lhsParameterOf } from './lhs-time.ts';
import { TimeShiftError } from './time-shift-error.ts';

/** What a URL's `lhs_` parameters ask for. */
export type TimeShift =
  | { readonly kind: 'live' }
  /** A live playlist that lags behind now. */
  | { readonly kind: 'shift'; readonly lagMs: number }
  /** The same from a moment on, up to another one. */
  | { readonly kind: 'window'; readonly startMs: number; readonly endMs: number }
  /** All of a time at once, with an end. */
  | { readonly kind: 'vod'; readonly startMs: number; readonly endMs: number };

/** How far back may be asked for, and from when. */
export type TimeShiftReach = { readonly nowMs: number; readonly days: number };

const DAY_MS = 86_400_000;
/** For requests that were a while under way when they asked for the oldest that there is. */
const GRACE_MS = 60_000;
const START = /(^|[?&])lhs_/;

/** Whether a query has any of the parameters; quick, as every playlist's is asked. */
export function asksForTimeShift(query: string): boolean {
  return START.test(query);
}

/** Reads the parameters, in any order. Throws TimeShiftError. */
export function parseTimeShift(query: string, reach: TimeShiftReach): TimeShift {
  const given = parametersOf(query);
  const { start, end, vodend, offset } = given;
  if (offset) return offsetShift(offset, given, reach);
  if (end && vodend) throw conflict(`${end.name} and ${vodend.name}`, 'Leave one of them out.');
  const until = end ?? vodend;
  if (!start) {
    if (!until) return { kind: 'live' };
    throw conflict(`${until.name} without a start`, 'Add lhs_start_unix_s_0.');
  }
  const startMs = lhsMs(start, 'down');
  if (!until) return startMs >= reach.nowMs ? { kind: 'live' } : shift(start.name, reach.nowMs - startMs, reach);
  return range({ start: start.name, startMs, until: until.name, untilMs: lhsMs(until, 'up') }, until.type, reach);
}

/** The times of a timeline query; left out, all that can be played. */
export function parseTimelineRange(
  query: string,
  reach: TimeShiftReach,
): { readonly startMs: number; readonly endMs: number } {
  const { start, end, vodend, offset } = parametersOf(query);
  const other = offset ?? vodend;
  if (other) throw conflict(`${other.name} in a timeline query`, 'Ask with lhs_start_unix_s_0 and lhs_end_unix_s_0.');
  const oldestMs = oldestOf(reach);
  const startMs = start ? lhsMs(start, 'down') : oldestMs;
  const endMs = end ? lhsMs(end, 'up') : reach.nowMs;
  if (start && end && endMs <= startMs) throw reversed(start.name, end.name);
  return { startMs: Math.max(startMs, oldestMs), endMs: Math.min(endMs, reach.nowMs) };
}

/** Throws TimeShiftError for a moment that is further back than may be asked for. */
export function checkReach(name: string, startMs: number, reach: TimeShiftReach): void {
  if (startMs >= oldestOf(reach) - GRACE_MS) return;
  const oldest = new Date(oldestOf(reach)).toISOString();
  throw new TimeShiftError(
    'LHS_TOO_FAR_BACK',
    `${name} is further back than ${reach.days} days`,
    `Ask for ${oldest} or later, or raise timeShift.days in the stream's rule.`,
  );
}

function oldestOf({ nowMs, days }: TimeShiftReach): number {
  return nowMs - days * DAY_MS;
}

type Given = { readonly [Type in LhsType]?: LhsParameter };

function parametersOf(query: string): Given {
  const given: { [Type in LhsType]?: LhsParameter } = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (!name.startsWith('lhs_') || isSwitch(name, value)) continue;
    const parameter = lhsParameterOf(name, value);
    const before = given[parameter.type];
    if (before) throw conflict(`${before.name} and ${name}`, 'Give each time once.');
    given[parameter.type] = parameter;
  }
  return given;
}

/** `lhs_start=1` switched time shift on before there was `aliyunols=on`, and players still send both. */
function isSwitch(name: string, value: string): boolean {
  if (name !== 'lhs_start') return false;
  if (value === '1') return true;
  throw new TimeShiftError(
    'LHS_VALUE',
    'lhs_start is a switch',
    'Write lhs_start=1, and the time in lhs_start_unix_s_0.',
  );
}

function offsetShift(offset: LhsParameter, { start, end, vodend }: Given, reach: TimeShiftReach): TimeShift {
  const other = start ?? end ?? vodend;
  if (other) throw conflict(`${offset.name} and ${other.name}`, 'Give either an offset or a start.');
  const lagMs = lhsMs(offset, 'down');
  return lagMs <= 0 ? { kind: 'live' } : shift(offset.name, lagMs, reach);
}

function shift(name: string, lagMs: number, reach: TimeShiftReach): TimeShift {
  checkReach(name, reach.nowMs - lagMs, reach);
  return { kind: 'shift', lagMs };
}

type Range = { readonly start: string; readonly startMs: number; readonly until: string; readonly untilMs: number };

function range({ start, startMs, until, untilMs }: Range, type: LhsType, reach: TimeShiftReach): TimeShift {
  if (untilMs <= startMs) throw reversed(start, until);
  if (startMs >= reach.nowMs) {
    throw new TimeShiftError('LHS_IN_FUTURE', `${start} is still to come`, 'Ask for a time that is past, or for live.');
  }
  checkReach(start, startMs, reach);
  if (type === 'end') return { kind: 'window', startMs, endMs: untilMs };
  return { kind: 'vod', startMs, endMs: Math.min(untilMs, reach.nowMs) };
}

function conflict(what: string, remedy: string): TimeShiftError {
  return new TimeShiftError('LHS_CONFLICT', `${what} do not go together`, remedy);
}

function reversed(start: string, until: string): TimeShiftError {
  return new TimeShiftError('LHS_REVERSED', `${until} is not after ${start}`, 'Let the end lie after the start.');
}
