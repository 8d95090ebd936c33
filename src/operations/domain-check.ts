import { isIP } from 'node:net';
import { aliasesOf, type DomainRule } from '../rules/index.ts';

/** What asks the DNS; Node's `dns.promises.Resolver` is one. */
export interface HostResolver {
  resolve4(host: string): Promise<string[]>;
  resolve6(host: string): Promise<string[]>;
}

/** The certificate that the HTTPS door shows for a host. */
export type ShownCertificate = { readonly isForHost: boolean; readonly names: string; readonly expiresAtMs: number };

export type DomainCheckOptions = {
  readonly resolver: HostResolver;
  /** The addresses under which this machine is reached. */
  readonly ownAddresses: () => Promise<readonly string[]>;
  /** Undefined where nothing listens with TLS. */
  readonly certificateFor: (host: string) => ShownCertificate | undefined;
  readonly wallMs: () => number;
};

export type HostFinding = {
  readonly code:
    | 'NO_RECORD'
    | 'DNS_FAILED'
    | 'CONFLICTING_RECORDS'
    | 'POINTS_ELSEWHERE'
    | 'CERTIFICATE_MISMATCH'
    | 'CERTIFICATE_EXPIRED'
    | 'CERTIFICATE_EXPIRING';
  readonly severity: 'warn' | 'bad';
  readonly sentence: string;
  readonly remedy: string;
};

export type CheckedHost = {
  readonly host: string;
  readonly use: 'playback' | 'ingest';
  readonly addresses: readonly string[];
  readonly findings: readonly HostFinding[];
};

export type CheckedDomain = {
  /** `configuring`: some host does not lead here yet. */
  readonly status: 'configuring' | 'online' | 'stopped';
  readonly sentence: string;
  readonly hosts: readonly CheckedHost[];
};

type Records = { readonly addresses: readonly string[]; readonly failure?: string };

const DAY_MS = 86_400_000;
/** Days before the end at which it is said again, each time louder. */
export const EXPIRY_DAYS = [30, 14, 3] as const;
const NOTHING_THERE = /^(ENODATA|ENOTFOUND)$/;
/** What a wildcard is tried with. */
const ANY_LABEL = 'headwater-check';

/** Looks from outside at whether a domain's hosts lead here, as the DNS and the certificates have it. */
export async function checkDomain(rule: DomainRule, options: DomainCheckOptions): Promise<CheckedDomain> {
  const named: Pick<CheckedHost, 'host' | 'use'>[] = [
    ...[rule.name, ...aliasesOf(rule).map(({ name }) => name)].map((host) => ({ host, use: 'playback' as const })),
    ...rule.ingest.map((host) => ({ host, use: 'ingest' as const })),
  ].filter(({ host }) => host !== 'default' && host !== '*');
  const own = await options.ownAddresses();
  const hosts = await Promise.all(named.map((each) => checkHost(each, own, options)));
  return { ...statusOf(rule, hosts), hosts };
}

/** A certificate's end in words; undefined while it is far. */
export function expiryFinding(what: string, expiresAtMs: number, nowMs: number): HostFinding | undefined {
  const left = Math.ceil((expiresAtMs - nowMs) / DAY_MS);
  const day = new Date(expiresAtMs).toISOString().slice(0, 10);
  if (expiresAtMs <= nowMs) {
    const sentence = `The certificate for ${what} expired on ${day}: browsers and encoders refuse it.`;
    return { code: 'CERTIFICATE_EXPIRED', severity: 'bad', sentence, remedy: RENEW };
  }
  if (expiresAtMs - nowMs > EXPIRY_DAYS[0] * DAY_MS) return undefined;
  const sentence = `The certificate for ${what} expires in ${left} day${left === 1 ? '' : 's'}, on ${day}.`;
  const isClose = expiresAtMs - nowMs <= EXPIRY_DAYS[1] * DAY_MS;
  return { code: 'CERTIFICATE_EXPIRING', severity: isClose ? 'bad' : 'warn', sentence, remedy: RENEW };
}

const RENEW = 'Renew it, and upload it or replace its files.';

async function checkHost(
  { host, use }: Pick<CheckedHost, 'host' | 'use'>,
  own: readonly string[],
  { resolver, certificateFor, wallMs }: DomainCheckOptions,
): Promise<CheckedHost> {
  const asked = host.replace(/\*/g, ANY_LABEL);
  const [v4, v6] = isIP(asked)
    ? [{ addresses: [asked] }, { addresses: [] }]
    : await Promise.all([recordsOf(resolver.resolve4(asked)), recordsOf(resolver.resolve6(asked))]);
  const addresses = [...v4.addresses, ...v6.addresses];
  const dns = dnsFinding(host, { v4, v6 }, own);
  const certificate = certificateFor(asked);
  const findings = [dns, certificate && certificateFinding(host, certificate, wallMs())].filter(
    (each) => each !== undefined,
  );
  return { host, use, addresses, findings };
}

async function recordsOf(asking: Promise<string[]>): Promise<Records> {
  try {
    return { addresses: await asking };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return NOTHING_THERE.test(code) ? { addresses: [] } : { addresses: [], failure: code };
  }
}

function dnsFinding(
  host: string,
  { v4, v6 }: { readonly v4: Records; readonly v6: Records },
  own: readonly string[],
): HostFinding | undefined {
  const all = [...v4.addresses, ...v6.addresses];
  const failure = v4.failure ?? v6.failure;
  const here = own.find((address) => isIP(address) === 4) ?? own[0] ?? 'the address of this machine';
  const kind = isIP(here) === 6 ? 'AAAA' : 'A';
  if (all.length === 0) {
    if (failure !== undefined) {
      const sentence = `The DNS gives no answer for ${host} (${failure}).`;
      return {
        code: 'DNS_FAILED',
        severity: 'bad',
        sentence,
        remedy: 'Check the name servers of the domain, and try again.',
      };
    }
    const sentence = `There is no DNS record for ${host}.`;
    const remedy = `Add ${kind === 'A' ? 'an A' : 'an AAAA'} record for ${host} with ${here}.`;
    return { code: 'NO_RECORD', severity: 'bad', sentence, remedy };
  }
  const isHere = (address: string) => own.includes(address);
  const elsewhere = all.filter((address) => !isHere(address));
  if (elsewhere.length === 0) return undefined;
  const leads = elsewhere.length === 1 ? 'leads' : 'lead';
  if (elsewhere.length === all.length) {
    const sentence = `${host} points to ${all.join(', ')}, which is not this machine.`;
    const remedy = `Point it to ${here}; behind a proxy or address translation, set publicHost to the public address.`;
    return { code: 'POINTS_ELSEWHERE', severity: 'bad', sentence, remedy };
  }
  const sentence = `The records of ${host} contradict each other: ${all.filter(isHere).join(', ')} is this machine, ${elsewhere.join(', ')} ${leads} elsewhere. Some viewers will not arrive.`;
  const kinds = new Set(elsewhere.map((address) => (isIP(address) === 6 ? 'AAAA' : 'A')));
  const remedy = `Remove the ${[...kinds].join(' and ')} record${elsewhere.length === 1 ? '' : 's'} with ${elsewhere.join(', ')}.`;
  return { code: 'CONFLICTING_RECORDS', severity: 'bad', sentence, remedy };
}

function certificateFinding(host: string, shown: ShownCertificate, nowMs: number): HostFinding | undefined {
  if (shown.isForHost) return expiryFinding(host, shown.expiresAtMs, nowMs);
  const sentence = `The HTTPS door shows ${host} a certificate for ${shown.names}.`;
  const remedy = `Upload a certificate for ${host}, or name its files in tls.certificates.`;
  return { code: 'CERTIFICATE_MISMATCH', severity: 'warn', sentence, remedy };
}

function statusOf(rule: DomainRule, hosts: readonly CheckedHost[]): Pick<CheckedDomain, 'status' | 'sentence'> {
  if (!rule.enabled)
    return { status: 'stopped', sentence: `${rule.name} is stopped: nobody publishes or plays there.` };
  const missing = hosts.filter(({ findings }) => findings.some(({ code }) => !code.startsWith('CERTIFICATE_')));
  if (missing.length > 0) {
    const names = missing.map(({ host }) => host).join(', ');
    return { status: 'configuring', sentence: `${names} ${missing.length === 1 ? 'does' : 'do'} not lead here yet.` };
  }
  if (hosts.length === 0)
    return { status: 'online', sentence: `${rule.name} is reached under any name of this machine.` };
  return { status: 'online', sentence: `${rule.name} leads here.` };
}
