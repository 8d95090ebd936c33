import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { TLS_SETTINGS } from './tls-settings.ts';

/** Where a certificate with its chain and its private key lie, in PEM. */
export type CertificateFiles = { readonly certFile: string; readonly keyFile: string };

export type KeyPair = {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly context: SecureContext;
  /** The certificate itself, the first in its file. */
  readonly certificate: X509Certificate;
  readonly expiresAtMs: number;
  /** Hexadecimal SHA-256 of the certificate. */
  readonly fingerprint: string;
  /** The host names it is for, wildcards among them. */
  readonly names: readonly string[];
};

/** A pair that cannot serve, with what to do about it. Holds no key. */
export class CertificateError extends Error {
  readonly code: 'UNREADABLE' | 'BAD_CERTIFICATE' | 'BAD_CHAIN' | 'BAD_KEY';

  constructor(code: CertificateError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CertificateError';
    this.code = code;
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Reads both files and proves that they belong together. Throws CertificateError. */
export async function loadKeyPair({ certFile, keyFile }: CertificateFiles): Promise<KeyPair> {
  const [cert, key] = await Promise.all([readPem(certFile), readPem(keyFile)]);
  return keyPairOf({ cert, key }, { cert: certFile, key: keyFile });
}

/**
 * A certificate in PEM with its chain, and its key, proved to belong together. Throws CertificateError.
 *
 * @param names what the two are called where something is wrong
 */
export function keyPairOf(
  { cert, key }: { readonly cert: Buffer; readonly key: Buffer },
  names = { cert: 'certificate', key: 'key' },
): KeyPair {
  const certificate = parseCertificate(cert, names.cert);
  return {
    ...{ cert, key, certificate },
    context: secureContext(cert, key, names),
    expiresAtMs: Date.parse(certificate.validTo),
    fingerprint: certificate.fingerprint256,
    names: namesOf(certificate),
  };
}

/** Throws CertificateError where a certificate of the chain was not issued by the one that follows it. */
export function checkChain({ cert }: Pick<KeyPair, 'cert'>): void {
  const chain = (String(cert).match(CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem));
  for (const [index, each] of chain.entries()) {
    const issuer = chain[index + 1];
    if (!issuer || each.checkIssued(issuer)) continue;
    const message = `certificate ${index + 2} of the chain did not issue the one before it; put them in their order`;
    throw new CertificateError('BAD_CHAIN', message);
  }
}

function namesOf({ subjectAltName, subject }: X509Certificate): string[] {
  const names = [...(subjectAltName ?? '').matchAll(/(?:^|, )(?:DNS|IP Address):([^,\s]+)/g)].map(
    ([, name = '']) => name,
  );
  const [, common] = /(?:^|\n)CN=(.+)/.exec(subject) ?? [];
  return names.length > 0 || common === undefined ? names : [common];
}

async function readPem(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new CertificateError('UNREADABLE', `${file} cannot be read (${code}); check its name and rights`, { cause });
  }
}

function parseCertificate(cert: Buffer, name: string): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch (cause) {
    throw new CertificateError('BAD_CERTIFICATE', `${name} holds no certificate in PEM`, { cause });
  }
}

function secureContext(
  cert: Buffer,
  key: Buffer,
  names: { readonly cert: string; readonly key: string },
): SecureContext {
  try {
    return createSecureContext({ cert, key, ...TLS_SETTINGS });
  } catch (cause) {
    const message = `${names.key} is no key in PEM without a password, or not the key of ${names.cert}`;
    throw new CertificateError('BAD_KEY', message, { cause });
  }
}
