import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApsaraError, missingParameter } from './base/index.ts';
import { signatureV1, stringToSignV1 } from './signature-v1.ts';
import { parseAuthorization, sha256, signatureV3, stringToSignV3 } from './signature-v3.ts';

/** A request as it came. */
export type Received = {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Of the URL, in its order. */
  readonly query: ReadonlyMap<string, string>;
  /** Of query and body. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
};

/** What a request says of itself, and how its signature is looked at. */
export type SignedCall = {
  readonly action: string;
  readonly version: string;
  readonly format: string | undefined;
  readonly keyId: string;
  readonly time: string;
  readonly nonce: string;
  readonly stringToSign: string;
  /** In constant time. */
  readonly isSignedBy: (secret: string) => boolean;
};

/** Headers without which version 3 would sign nothing that matters. */
const MUST_BE_SIGNED = [
  'host',
  'x-acs-action',
  'x-acs-version',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-content-sha256',
];

/** Reads either version of the signature; throws where something of it is missing. */
export function signedCall(received: Received): SignedCall {
  return received.headers.authorization === undefined ? callV1(received) : callV3(received);
}

function callV1({ method, parameters }: Received): SignedCall {
  const required = (name: string) => {
    const value = parameters.get(name);
    if (!value) throw missingParameter(name);
    return value;
  };
  const action = required('Action');
  const version = required('Version');
  const keyId = required('AccessKeyId');
  const signature = required('Signature');
  expectValue(required('SignatureMethod'), 'HMAC-SHA1', 'SignatureMethod');
  expectValue(required('SignatureVersion'), '1.0', 'SignatureVersion');
  const stringToSign = stringToSignV1(method, parameters);
  return {
    ...{ action, version, keyId, stringToSign, format: parameters.get('Format') },
    ...{ time: required('Timestamp'), nonce: required('SignatureNonce') },
    isSignedBy: (secret) => isSame(signatureV1(stringToSign, secret), signature),
  };
}

function callV3({ method, headers, query, body }: Received): SignedCall {
  const authorization = parseAuthorization(headers.authorization ?? '');
  if (authorization === undefined) {
    throw new ApsaraError(
      400,
      'IncompleteSignature',
      'The Authorization header must be of ACS3-HMAC-SHA256, with Credential, SignedHeaders and Signature.',
    );
  }
  const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]));
  const { keyId, signedHeaders, signature } = authorization;
  for (const name of MUST_BE_SIGNED) {
    if (!texts[name]) throw missingParameter(name);
    if (!signedHeaders.includes(name))
      throw new ApsaraError(400, 'IncompleteSignature', `The header ${name} is not signed.`);
  }
  const bodySha256 = sha256(body);
  if (texts['x-acs-content-sha256'] !== bodySha256) {
    throw new ApsaraError(
      400,
      'IncompleteSignature',
      `x-acs-content-sha256 is not that of the body, which is ${bodySha256}.`,
    );
  }
  const stringToSign = stringToSignV3({ method, query, headers: texts, signedHeaders, bodySha256 });
  return {
    ...{ keyId, stringToSign, format: 'JSON' },
    ...{ action: texts['x-acs-action'] ?? '', version: texts['x-acs-version'] ?? '' },
    ...{ time: texts['x-acs-date'] ?? '', nonce: texts['x-acs-signature-nonce'] ?? '' },
    isSignedBy: (secret) => isSame(signatureV3(stringToSign, secret), signature),
  };
}

function expectValue(given: string, expected: string, name: string): void {
  if (given.toUpperCase() !== expected) {
    throw new ApsaraError(400, 'InvalidParameter', `The parameter "${name}" is not valid: it must be ${expected}.`);
  }
}

function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
