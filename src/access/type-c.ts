import type { UrlAuth } from '../rules/index.ts';
import { checkSignature, md5, type SignatureResult } from './auth-key.ts';

const SIGNED_PATH = /^\/([0-9a-f]{32})\/([0-9A-Fa-f]{1,8})(\/.+)$/;

type TypeCInput = { readonly path: string; readonly timestampSeconds: number; readonly key: string };

/** The parts of a type C signature: format 1 has them in the path, format 2 in `KEY1` and `KEY2`. */
export type TypeCParts = { readonly hash: string; readonly hexTime: string; readonly path: string };

/** The signed path in type C, format 1: `/{md5}/{hexadecimal Unix seconds}{path}`. */
export function signTypeCPath(input: TypeCInput): string {
  const { hash, hexTime } = signTypeC(input);
  return `/${hash}/${hexTime}${input.path}`;
}

/** The arguments of type C, format 2: `KEY1={md5}&KEY2={hexadecimal Unix seconds}`. */
export function signTypeCQuery(input: TypeCInput): string {
  const { hash, hexTime } = signTypeC(input);
  return `KEY1=${hash}&KEY2=${hexTime}`;
}

/** Splits a signed path of type C, format 1; undefined when it is none. */
export function splitTypeC(signedPath: string): TypeCParts | undefined {
  const [, hash, hexTime, path] = SIGNED_PATH.exec(signedPath) ?? [];
  if (hash === undefined || hexTime === undefined || path === undefined) return undefined;
  return { hash, hexTime, path };
}

/** Checks a signature of type C in either format. */
export function verifyTypeC(request: {
  readonly parts: TypeCParts;
  readonly auth: UrlAuth;
  readonly nowMs: number;
}): SignatureResult {
  const { hash, hexTime, path } = request.parts;
  if (!/^[0-9a-f]{32}$/.test(hash)) return { ok: false, reason: 'INVALID AUTH_KEY', stringToSign: '' };
  if (!/^[0-9A-Fa-f]{1,8}$/.test(hexTime)) return { ok: false, reason: 'INVALID TIMESTAMP', stringToSign: '' };
  return checkSignature({
    timestampSeconds: Number.parseInt(hexTime, 16),
    uid: '',
    hash,
    auth: request.auth,
    nowMs: request.nowMs,
    stringFor: (key) => typeCString(path, hexTime, key),
  });
}

function signTypeC({ path, timestampSeconds, key }: TypeCInput): { hash: string; hexTime: string } {
  const hexTime = timestampSeconds.toString(16).toUpperCase();
  return { hash: md5(typeCString(path, hexTime, key)), hexTime };
}

function typeCString(path: string, hexTime: string, key: string): string {
  return `${key}${path}${hexTime}`;
}
