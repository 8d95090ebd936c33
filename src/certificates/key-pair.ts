import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';

/** Where a certificate with its chain and its private key lie, in PEM. */
export type CertificateFiles = { readonly certFile: string; readonly keyFile: string };

export type KeyPair = {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly context: SecureContext;
  /** Of the certificate itself, the first in its file. */
  readonly expiresAtMs: number;
  /** Hexadecimal SHA-256 of the certificate. */
  readonly fingerprint: string;
};

/** A pair of files that cannot serve, with what to do about it. Holds no key. */
export class CertificateError extends Error {
  readonly code: 'UNREADABLE' | 'BAD_CERTIFICATE' | 'BAD_KEY';

  constructor(code: CertificateError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CertificateError';
    this.code = code;
  }
}

/** Reads both files and proves that they belong together. Throws CertificateError. */
export async function loadKeyPair({ certFile, keyFile }: CertificateFiles): Promise<KeyPair> {
  const [cert, key] = await Promise.all([readPem(certFile), readPem(keyFile)]);
  const certificate = parseCertificate(cert, certFile);
  return {
    cert,
    key,
    context: secureContext(cert, key, { certFile, keyFile }),
    expiresAtMs: Date.parse(certificate.validTo),
    fingerprint: certificate.fingerprint256,
  };
}

async function readPem(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new CertificateError('UNREADABLE', `${file} cannot be read (${code}); check its name and rights`, { cause });
  }
}

function parseCertificate(cert: Buffer, file: string): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch (cause) {
    throw new CertificateError('BAD_CERTIFICATE', `${file} holds no certificate in PEM`, { cause });
  }
}

function secureContext(cert: Buffer, key: Buffer, { certFile, keyFile }: CertificateFiles): SecureContext {
  try {
    return createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
  } catch (cause) {
    const message = `${keyFile} is no key in PEM without a password, or not the key of ${certFile}`;
    throw new CertificateError('BAD_KEY', message, { cause });
  }
}
