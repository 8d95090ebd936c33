import { MalformedError } from '../bytes/index.ts';

const DECIMAL_FLOAT = /^-?\d{1,16}(\.\d{1,16})?$/;
const DECIMAL_INTEGER = /^\d{1,16}$/;

/** A number with 3 to 6 decimals, as durations and offsets are printed; rounds to microseconds. */
export function formatSeconds(seconds: number): string {
  if (!(Math.abs(seconds) < 1e15)) throw new RangeError(`${seconds} is not a duration`);
  const text = seconds.toFixed(6);
  let end = text.length;
  while (text.charCodeAt(end - 1) === 0x30 && end > text.length - 3) end--;
  return text.slice(0, end);
}

/** A number with as many decimals as it has, at most 6 and without an exponent. */
export function formatDecimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(0) : formatSeconds(value).replace(/0+$/, '');
}

/** Reads a decimal-floating-point or its signed form (RFC 8216, 4.2). */
export function parseDecimal(text: string, structure: string): number {
  if (!DECIMAL_FLOAT.test(text)) throw new MalformedError('BAD_VALUE', structure, `"${clip(text)}" is not a decimal`);
  return Number(text);
}

/** Reads a decimal-integer (RFC 8216, 4.2) of at most 2^53-1. */
export function parseInteger(text: string, structure: string): number {
  if (!DECIMAL_INTEGER.test(text)) {
    throw new MalformedError('BAD_VALUE', structure, `"${clip(text)}" is not a non-negative integer`);
  }
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new MalformedError('TOO_LARGE', structure, `${text} is past 2^53`);
  return value;
}

/** The beginning of a text for an error message. */
export function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
