import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Config } from '../../config/index.ts';
import { type Check, fail, ok, warn } from './check.ts';

const DAY_MS = 86_400_000;
const SOON_DAYS = 21;

type Pair = { readonly certFile: string; readonly keyFile: string };

/** Every certificate of the configuration: readable, matching its key, and for how long. */
export async function certificateChecks({ tls }: Config, nowMs: number): Promise<Check[]> {
  const { certFile, keyFile, certificates } = tls;
  const pairs: Pair[] = [...(certFile !== null && keyFile !== null ? [{ certFile, keyFile }] : []), ...certificates];
  return Promise.all(pairs.map((pair) => certificateCheck(pair, nowMs)));
}

export async function certificateCheck({ certFile, keyFile }: Pair, nowMs: number): Promise<Check> {
  const id = 'certificate';
  const [certificate, key] = await Promise.all([readText(certFile), readText(keyFile)]);
  if ('code' in certificate || 'code' in key) {
    const [file, code] =
      'code' in certificate ? [certFile, certificate.code] : [keyFile, 'code' in key ? key.code : ''];
    return fail(id, `${file} cannot be read (${code})`, 'Check its path, and let this account read it.');
  }
  const parsed = parsePair(certificate.text, key.text);
  if ('broken' in parsed) return fail(id, `${certFile}: ${parsed.broken}`, 'Give a PEM certificate and its own key.');
  const { validFrom, validTo } = parsed;
  const daysLeft = Math.floor((Date.parse(validTo) - nowMs) / DAY_MS);
  if (Date.parse(validFrom) > nowMs) return fail(id, `${certFile} is valid from ${validFrom} on`, 'Check the clock.');
  if (daysLeft < 0) return fail(id, `${certFile} expired on ${validTo}`, 'Renew it; no restart is needed.');
  const finding = `${certFile} is valid for ${daysLeft} more days`;
  return daysLeft < SOON_DAYS ? warn(id, finding, 'Renew it; no restart is needed.') : ok(id, finding);
}

async function readText(file: string): Promise<{ readonly text: string } | { readonly code: string }> {
  try {
    return { text: await readFile(file, 'utf8') };
  } catch (error) {
    return { code: String((error as NodeJS.ErrnoException).code) };
  }
}

function parsePair(certificate: string, key: string): X509Certificate | { readonly broken: string } {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate);
  } catch {
    return { broken: 'is no certificate in PEM' };
  }
  try {
    return parsed.checkPrivateKey(createPrivateKey(key)) ? parsed : { broken: 'does not belong to its key' };
  } catch {
    return { broken: 'its key is no private key in PEM' };
  }
}
