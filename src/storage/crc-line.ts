import { crc32 } from 'node:zlib';

/** What a line begins with, before a space. */
export const CRC_DIGITS = 8;

/** `{CRC-32 of the rest, in hex} {JSON}` and a line feed: a line that says itself whether it is whole. */
export function encodeCrcLine(value: unknown): string {
  const json = JSON.stringify(value);
  return `${crcOf(json)} ${json}\n`;
}

/** The value of a line without its line feed; undefined where it is torn or damaged. */
export function decodeCrcLine(text: string): unknown {
  const json = text.slice(CRC_DIGITS + 1);
  if (text[CRC_DIGITS] !== ' ' || text.slice(0, CRC_DIGITS) !== crcOf(json)) return undefined;
  return JSON.parse(json);
}

function crcOf(text: string): string {
  return crc32(text).toString(16).padStart(CRC_DIGITS, '0');
}
