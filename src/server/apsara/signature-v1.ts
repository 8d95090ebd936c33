import { createHmac } from 'node:crypto';
import { canonicalQuery, percentEncode } from './percent-encode.ts';

/** The string that version 1 of the signature signs: every parameter but `Signature`, of query and body alike. */
export function stringToSignV1(method: string, parameters: ReadonlyMap<string, string>): string {
  const signed = [...parameters].filter(([name]) => name !== 'Signature');
  return `${method}&%2F&${percentEncode(canonicalQuery(signed))}`;
}

/** HMAC-SHA1 in base64; the key is the secret with an ampersand behind it. */
export function signatureV1(stringToSign: string, secret: string): string {
  return createHmac('sha1', `${secret}&`).update(stringToSign).digest('base64');
}
