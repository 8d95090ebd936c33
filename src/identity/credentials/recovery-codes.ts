import { createHash, randomBytes } from 'node:crypto';
import { encodeBase32 } from './base32.ts';

const COUNT = 10;

/** Codes of 80 bits for whoever lost the second factor, each good once: `abcd-efgh-jklm-nopq`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, () => {
    const text = encodeBase32(randomBytes(10)).toLowerCase();
    return (text.match(/.{4}/g) ?? []).join('-');
  });
}

/** What is kept of a code; spaces, dashes and capitals do not matter. */
export function recoveryHash(code: string, userId: string): string {
  const plain = code.toLowerCase().replace(/[\s-]/g, '');
  return createHash('sha256').update(`${userId}\0${plain}`).digest('base64url');
}
