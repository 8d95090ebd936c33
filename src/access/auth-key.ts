import { createHash, timingSafeEqual } from 'node:crypto';
import type { UrlAuth } from '../rules/index.ts';

/** What is signed, and when; `path` is the URL's path alone, with rendition suffix and extension. */
export type TypeAInput = {
  readonly path: string;
  readonly timestampSeconds: number;
  /** Any text without a hyphen, `0` by custom. */
  readonly rand: string;
  /** Any text without a hyphen, `0` by custom. */
  readonly uid: string;
  readonly key: string;
};

/** `alias`: the key that an alias of the domain keeps from former times. */
export type KeyName = 'main' | 'backup' | 'alias';

/** ApsaraVideo's names for what is wrong with a signature. */
export type SignatureReason = 'INVALID AUTH_KEY' | 'INVALID TIMESTAMP' | 'INVALID MD5HASH' | 'INVALID ALIAUTH';

export type SignatureResult =
  | ({ readonly ok: true; readonly uid: string; readonly expiresAtMs: number; readonly keyName: KeyName } & SignedAt)
  | ({
      readonly ok: false;
      readonly reason: SignatureReason;
      /** What the hash is made over, `***` in place of the key. Empty when the signature cannot be read. */
      readonly stringToSign: string;
      readonly expiredBySeconds?: number;
    } & Partial<SignedAt>);

type SignedAt = { readonly timestampSeconds: number; readonly stringToSign: string };

/** Stands for the key wherever a string to sign is shown. */
export const MASKED_KEY = '***';

const FIELD = /^[^\s\p{Cc}-]{1,128}$/u;
const HASH = /^[0-9a-f]{32}$/;

/** The value of `auth_key` in type A: `{timestamp}-{rand}-{uid}-{md5}`. */
export function signTypeA(input: TypeAInput): string {
  if (!FIELD.test(input.rand) || !FIELD.test(input.uid)) throw new RangeError('rand and uid must not hold a hyphen');
  const hash = md5(typeAString(input, input.key));
  return `${input.timestampSeconds}-${input.rand}-${input.uid}-${hash}`;
}

/** Checks an `auth_key` of type A against the main key, then the backup key. It expires at timestamp + validity. */
export function verifyTypeA(request: {
  readonly path: string;
  readonly authKey: string;
  readonly auth: UrlAuth;
  readonly nowMs: number;
}): SignatureResult {
  const fields = request.authKey.split('-');
  const [timestamp = '', rand = '', uid = '', hash = ''] = fields;
  if (fields.length !== 4 || !/^\d+$/.test(timestamp) || !FIELD.test(rand) || !FIELD.test(uid) || !HASH.test(hash)) {
    return { ok: false, reason: 'INVALID AUTH_KEY', stringToSign: '' };
  }
  // Eleven digits and more are milliseconds written by mistake: a URL that would not expire in a lifetime.
  if (timestamp.length > 10) return { ok: false, reason: 'INVALID TIMESTAMP', stringToSign: '' };
  const timestampSeconds = Number(timestamp);
  const signed = { path: request.path, timestampSeconds: timestamp, rand, uid };
  return checkSignature({
    timestampSeconds,
    uid,
    hash,
    auth: request.auth,
    nowMs: request.nowMs,
    stringFor: (key) => typeAString(signed, key),
  });
}

function typeAString(
  signed: {
    readonly path: string;
    readonly timestampSeconds: number | string;
    readonly rand: string;
    readonly uid: string;
  },
  key: string,
): string {
  return `${signed.path}-${signed.timestampSeconds}-${signed.rand}-${signed.uid}-${key}`;
}

/** The part all signature types share: expiry first, then the hash under each key that is set. */
export function checkSignature(signature: {
  readonly timestampSeconds: number;
  readonly uid: string;
  /** 32 hexadecimal digits, lower case. */
  readonly hash: string;
  readonly auth: UrlAuth;
  readonly nowMs: number;
  readonly stringFor: (key: string) => string;
}): SignatureResult {
  const { timestampSeconds, uid, auth, nowMs } = signature;
  const stringToSign = signature.stringFor(MASKED_KEY);
  const signedAt = { timestampSeconds, stringToSign };
  const expiresAtMs = (timestampSeconds + auth.validitySeconds) * 1000;
  if (nowMs > expiresAtMs) {
    const expiredBySeconds = Math.ceil((nowMs - expiresAtMs) / 1000);
    return { ok: false, reason: 'INVALID TIMESTAMP', expiredBySeconds, ...signedAt };
  }
  if (auth.key1 === undefined && auth.key2 === undefined) return { ok: false, reason: 'INVALID ALIAUTH', ...signedAt };
  const given = Buffer.from(signature.hash, 'hex');
  const matches = (key: string | undefined): boolean =>
    key !== undefined && timingSafeEqual(given, createHash('md5').update(signature.stringFor(key)).digest());
  if (matches(auth.key1)) return { ok: true, uid, expiresAtMs, keyName: 'main', ...signedAt };
  if (matches(auth.key2)) return { ok: true, uid, expiresAtMs, keyName: 'backup', ...signedAt };
  return { ok: false, reason: 'INVALID MD5HASH', ...signedAt };
}

/** MD5 in lower-case hexadecimal digits. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
