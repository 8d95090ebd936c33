import { createHash, createHmac } from 'node:crypto';
import { canonicalQuery } from './percent-encode.ts';

export const ALGORITHM_V3 = 'ACS3-HMAC-SHA256';

/** What is signed of a request. Names of headers are in small letters. */
export type SignedRequest = {
  readonly method: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string>>;
  readonly signedHeaders: readonly string[];
  /** SHA-256 of the body, in hexadecimal. */
  readonly bodySha256: string;
};

export type Authorization = {
  readonly keyId: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
};

/** `ACS3-HMAC-SHA256 Credential=…,SignedHeaders=a;b,Signature=…`; undefined for anything else. */
export function parseAuthorization(text: string): Authorization | undefined {
  if (!text.startsWith(`${ALGORITHM_V3} `)) return undefined;
  const fields = new Map(
    text
      .slice(ALGORITHM_V3.length + 1)
      .split(',')
      .map((field) => {
        const [name = '', ...value] = field.trim().split('=');
        return [name, value.join('=')];
      }),
  );
  const [keyId, signedHeaders, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) =>
    fields.get(name),
  );
  if (!keyId || !signedHeaders || !signature) return undefined;
  return { keyId, signedHeaders: signedHeaders.split(';').map((name) => name.toLowerCase()), signature };
}

/** The string that version 3 signs. */
export function stringToSignV3({ method, query, headers, signedHeaders, bodySha256 }: SignedRequest): string {
  const names = [...signedHeaders].sort();
  const lines = names.map((name) => `${name}:${(headers[name] ?? '').trim()}\n`).join('');
  const canonical = [method, '/', canonicalQuery(query), lines, names.join(';'), bodySha256].join('\n');
  return `${ALGORITHM_V3}\n${sha256(canonical)}`;
}

/** HMAC-SHA256 in hexadecimal; the key is the secret as it is. */
export function signatureV3(stringToSign: string, secret: string): string {
  return createHmac('sha256', secret).update(stringToSign).digest('hex');
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
