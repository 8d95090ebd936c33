import type { UrlAuth } from '../rules/index.ts';
import { checkSignature, md5, type SignatureResult } from './auth-key.ts';

const UTC_PLUS_8_MS = 8 * 3600 * 1000;
const SIGNED_PATH = /^\/(\d{12})\/([0-9a-f]{32})(\/.+)$/;

/** The signed path in type B: `/{YYYYMMDDHHMM in UTC+8}/{md5}{path}`; the time has minutes, no seconds. */
export function signTypeB(input: {
  readonly path: string;
  readonly timestampSeconds: number;
  readonly key: string;
}): string {
  const time = minuteText(input.timestampSeconds);
  return `/${time}/${md5(typeBString(input.path, time, input.key))}${input.path}`;
}

/** Splits a signed path of type B; undefined when it is none. */
export function splitTypeB(signedPath: string): { time: string; hash: string; path: string } | undefined {
  const [, time, hash, path] = SIGNED_PATH.exec(signedPath) ?? [];
  if (time === undefined || hash === undefined || path === undefined) return undefined;
  return { time, hash, path };
}

/** Checks a path signed with type B. */
export function verifyTypeB(request: {
  readonly signedPath: string;
  readonly auth: UrlAuth;
  readonly nowMs: number;
}): SignatureResult {
  const parts = splitTypeB(request.signedPath);
  if (parts === undefined) return { ok: false, reason: 'INVALID AUTH_KEY', stringToSign: '' };
  const { time, hash, path } = parts;
  const timestampSeconds = minuteSeconds(time);
  if (timestampSeconds === undefined) return { ok: false, reason: 'INVALID TIMESTAMP', stringToSign: '' };
  return checkSignature({
    timestampSeconds,
    uid: '',
    hash,
    auth: request.auth,
    nowMs: request.nowMs,
    stringFor: (key) => typeBString(path, time, key),
  });
}

function typeBString(path: string, time: string, key: string): string {
  return `${key}${time}${path}`;
}

function minuteText(seconds: number): string {
  const iso = new Date(seconds * 1000 + UTC_PLUS_8_MS).toISOString();
  return iso.slice(0, 16).replace(/[-T:]/g, '');
}

function minuteSeconds(time: string): number | undefined {
  const [, year, month, day, hour, minute] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(time) ?? [];
  const utc = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  if (Number.isNaN(utc)) return undefined;
  const seconds = (utc - UTC_PLUS_8_MS) / 1000;
  // Date.parse takes 30 February for 2 March.
  return minuteText(seconds) === time ? seconds : undefined;
}
