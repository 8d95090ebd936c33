import { TimeShiftError } from './time-shift-error.ts';

export type LhsType = 'start' | 'end' | 'vodend' | 'offset';

/** A parameter such as `lhs_start_unix_s_0=1502280113`, in its parts. */
export type LhsParameter = {
  readonly name: string;
  readonly type: LhsType;
  readonly format: 'unix' | 'human';
  readonly unit: 's' | 'ms' | 'us' | 'ns';
  /** Hours ahead of UTC. */
  readonly zone: number;
  readonly value: string;
};

const NANOSECONDS = { s: 1_000_000_000n, ms: 1_000_000n, us: 1000n, ns: 1n } as const;
const NANOSECONDS_PER_MS = 1_000_000n;
const NAME = /^lhs_(start|end|vodend|offset)_(unix|human)_(s|ms|us|ns)_(\d{1,9}|[+-]\d{1,9})$/;
const NUMBER = /^-?\d{1,20}$/;
const HUMAN = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;
/** The last moment that `yyyyMMddHHmmss` can say. */
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);
const HOUR_MS = 3_600_000;
const FORMS =
  'Write lhs_{start|end|vodend|offset}_{unix|human}_{s|ms|us|ns}_{zone}, for example lhs_start_unix_s_0=1502280113.';

/** Takes a name apart; throws TimeShiftError where it is none, or its zone makes no sense. */
export function lhsParameterOf(name: string, value: string): LhsParameter {
  const [matched, type, format, unit, zoneText] = NAME.exec(name) ?? [];
  if (matched === undefined) throw new TimeShiftError('LHS_UNKNOWN', `${clip(name)} is no time-shift parameter`, FORMS);
  const parameter = { name, type, format, unit, zone: Number(zoneText), value } as LhsParameter;
  if (!/^\d$/.test(zoneText ?? '')) {
    throw new TimeShiftError(
      'LHS_ZONE',
      `${name} has a zone that is not one digit`,
      'Use 0 for UTC up to 9 for UTC+9.',
    );
  }
  if (format === 'unix' && parameter.zone !== 0) {
    throw new TimeShiftError('LHS_ZONE', `${name} has a zone, and Unix time has none`, 'Let the name end in _0.');
  }
  return parameter;
}

/** The moment in Unix ms, or of an offset its length; what is finer than a ms goes the way that `rounding` says. */
export function lhsMs(parameter: LhsParameter, rounding: 'down' | 'up'): number {
  return parameter.format === 'human' ? humanMs(parameter) : unixMs(parameter, rounding);
}

function unixMs({ name, type, unit, value }: LhsParameter, rounding: 'down' | 'up'): number {
  if (!NUMBER.test(value)) {
    throw new TimeShiftError('LHS_VALUE', `${name} is not a whole number`, 'Write digits only, as in 1502280113.');
  }
  const nanoseconds = BigInt(value) * NANOSECONDS[unit];
  const ms = Number(floorDiv(nanoseconds + (rounding === 'up' ? NANOSECONDS_PER_MS - 1n : 0n), NANOSECONDS_PER_MS));
  const earliestMs = type === 'offset' ? -LATEST_MS : 0;
  if (ms < earliestMs || ms > LATEST_MS) {
    throw new TimeShiftError(
      'LHS_OUT_OF_RANGE',
      `${name} is no time of 1970 to 9999`,
      'Check the unit: s, ms, us or ns.',
    );
  }
  return ms;
}

function humanMs({ name, type, zone, value }: LhsParameter): number {
  if (type === 'offset') {
    throw new TimeShiftError('LHS_VALUE', `${name}: an offset is no date`, 'Write lhs_offset_unix_s_0=1800.');
  }
  const [matched, year, month, day, hour, minute, second] = HUMAN.exec(value)?.map(Number) ?? [];
  const isThere = matched !== undefined && isDate({ year, month, day }) && isTime({ hour, minute, second });
  if (!isThere) {
    throw new TimeShiftError(
      'LHS_VALUE',
      `${name} is no date of the calendar`,
      'Write yyyyMMddHHmmss, as in 20170809230130.',
    );
  }
  const ms = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second) - zone * HOUR_MS;
  if (ms < 0 || (year ?? 0) < 1970) {
    throw new TimeShiftError('LHS_OUT_OF_RANGE', `${name} is before 1970`, 'Write a date since 1970.');
  }
  return ms;
}

type Parts<Name extends string> = { readonly [Part in Name]: number | undefined };

function isDate({ year = 0, month = 0, day = 0 }: Parts<'year' | 'month' | 'day'>): boolean {
  return new Date(Date.UTC(year, month - 1, day)).getUTCMonth() === month - 1;
}

function isTime({ hour = 0, minute = 0, second = 0 }: Parts<'hour' | 'minute' | 'second'>): boolean {
  return hour < 24 && minute < 60 && second < 60;
}

function floorDiv(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
