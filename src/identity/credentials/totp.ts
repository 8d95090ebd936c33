import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { decodeBase32, encodeBase32 } from './base32.ts';

const STEP_SECONDS = 30;
const DIGITS = 6;
/** RFC 6238 section 5.2: one step of delay on the way, and of a clock that is off. */
const STEPS_OFF = [0, -1, 1];

/** A secret of 160 bits (RFC 4226 section 4), in base32 as authenticator programs want it. */
export function newTotpSecret(): string {
  return encodeBase32(randomBytes(20));
}

/** What the QR code says that an authenticator program reads. */
export function totpUri(secret: string, userName: string): string {
  const query = new URLSearchParams({ secret, issuer: 'Headwater' });
  return `otpauth://totp/Headwater:${encodeURIComponent(userName)}?${query}`;
}

/** RFC 6238 with HMAC-SHA-1: the code of a time step. */
export function totpCode(secret: string, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', decodeBase32(secret)).update(counter).digest();
  const offset = (mac[mac.length - 1] ?? 0) & 15;
  const value = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(value % 10 ** digits).padStart(digits, '0');
}

/** The time step that a code is for, one later than `afterStep` as each code is good once; undefined where it is none. */
export function totpStepOf(code: string, secret: string, wallMs: number, afterStep = -1): number | undefined {
  const now = totpStep(wallMs);
  const steps = STEPS_OFF.map((off) => now + off).filter((step) => step > afterStep && step >= 0);
  return steps.find((step) => isSame(totpCode(secret, step), code));
}

/** The time step of a moment. */
export function totpStep(wallMs: number): number {
  return Math.floor(wallMs / 1000 / STEP_SECONDS);
}

function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
