import type { Sent } from './flatten.ts';

export type Signature = 'v1' | 'v3';

/** A call before it is signed. */
export type Call = {
  readonly action: string;
  readonly version: string;
  readonly parameters: Sent;
  readonly keyId: string;
  readonly secret: string;
  /** Of this page: `127.0.0.1:8090`. */
  readonly host: string;
  /** Not used before. */
  readonly nonce: string;
  readonly at: Date;
};

/** A request that the server takes once, within fifteen minutes. */
export type SignedRequest = {
  readonly method: 'GET' | 'POST';
  /** With the query, from `/`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly stringToSign: string;
  /** What the string to sign has the hash of. */
  readonly canonicalRequest?: string;
};

/** Browsers have cryptography only for pages that came safely: by HTTPS, or from the same machine. */
export const canSign = (): boolean => globalThis.crypto?.subtle !== undefined;

export function signRequest(signature: Signature, call: Call): Promise<SignedRequest> {
  return signature === 'v1' ? signV1(call) : signV3(call);
}

/** HMAC-SHA1 over the parameters, which all are in the query. */
async function signV1({ action, version, parameters, keyId, secret, nonce, at }: Call): Promise<SignedRequest> {
  const signed: Sent = [
    ...parameters,
    ...Object.entries({
      ...{ Action: action, Version: version, Format: 'JSON', AccessKeyId: keyId, Timestamp: utc(at) },
      ...{ SignatureMethod: 'HMAC-SHA1', SignatureVersion: '1.0', SignatureNonce: nonce },
    }),
  ];
  const query = canonical(signed);
  const stringToSign = `GET&%2F&${encoded(query)}`;
  const mac = await hmac('SHA-1', `${secret}&`, stringToSign);
  const Signature = btoa(String.fromCharCode(...mac));
  return { method: 'GET', path: `/?${query}&Signature=${encoded(Signature)}`, headers: {}, stringToSign };
}

/** HMAC-SHA256 over the whole request; the body is empty. */
async function signV3({ action, version, parameters, keyId, secret, host, nonce, at }: Call): Promise<SignedRequest> {
  const bodySha256 = hex(await sha256(''));
  const headers: Readonly<Record<string, string>> = {
    host,
    ...{ 'x-acs-action': action, 'x-acs-content-sha256': bodySha256, 'x-acs-date': utc(at) },
    ...{ 'x-acs-signature-nonce': nonce, 'x-acs-version': version },
  };
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const query = canonical(parameters);
  const request = ['POST', '/', query, lines, names.join(';'), bodySha256].join('\n');
  const stringToSign = `ACS3-HMAC-SHA256\n${hex(await sha256(request))}`;
  const signature = hex(await hmac('SHA-256', secret, stringToSign));
  const { host: _, ...sent } = headers;
  const authorization = `ACS3-HMAC-SHA256 Credential=${keyId},SignedHeaders=${names.join(';')},Signature=${signature}`;
  const path = query === '' ? '/' : `/?${query}`;
  return {
    method: 'POST',
    path,
    headers: { ...sent, accept: 'application/json', authorization },
    stringToSign,
    canonicalRequest: request,
  };
}

/** In the order of the bytes of the names, encoded and joined. */
function canonical(parameters: Sent): string {
  return parameters
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** As RFC 3986 has it: only letters, digits and `-_.~` stay. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

const utc = (at: Date) => `${at.toISOString().slice(0, 19)}Z`;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(text)));
}

async function hmac(hash: 'SHA-1' | 'SHA-256', secret: string, text: string): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', bytesOf(secret), { name: 'HMAC', hash }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, bytesOf(text)));
}
