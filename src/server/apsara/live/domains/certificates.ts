import { createHash } from 'node:crypto';
import type { Ask } from '../../../../operations/index.ts';
import { everyPage, hasStatus } from '../../base/index.ts';

/** A certificate as the operations show it. */
export type Certificate = {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly names: readonly string[];
  readonly issuer: string;
  readonly fingerprint: string;
  readonly startsAt: string;
  readonly expiresAt: string;
  readonly addedAt?: string;
  readonly source: 'upload' | 'acme' | 'file';
};

export const allCertificates = (ask: Ask) => everyPage<Certificate>(ask, 'listCertificates', 'certificates');

/** The one that clients of this host are shown: made for its name before one with a wildcard. */
export function certificateFor(all: readonly Certificate[], host: string): Certificate | undefined {
  const wild = host.replace(/^[^.]+/, '*');
  const find = (name: string) =>
    all.find(({ hosts }) => hosts.includes(name)) ?? all.find(({ names }) => names.includes(name));
  return find(host) ?? find(wild);
}

export const pemOf = async (ask: Ask, { id }: Certificate) =>
  (await ask<{ pem: string }>('getCertificate', { params: { id } })).pem;

/** Whether a domain has HTTPS, as far as the caller may know. */
export async function tlsOf(ask: Ask, host: string) {
  try {
    const found = certificateFor(await allCertificates(ask), host);
    if (found === undefined) return { SSLProtocol: 'off' };
    return { SSLProtocol: 'on', CertName: found.id, SSLPub: await pemOf(ask, found) };
  } catch (error) {
    if (hasStatus(error, 403)) return {};
    throw error;
  }
}

/** A number that stays the same: programs keep ids as numbers. */
export function numberOf(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6);
}

/** `CN=Example, O=Example Ltd` as fields. */
export function nameField(name: string, field: string): string {
  const found = name.split(/[,\n]\s*/).find((part) => part.startsWith(`${field}=`));
  return found?.slice(field.length + 1) ?? name;
}
